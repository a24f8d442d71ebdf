//! Worker processes: the real binary as its own worker, killed, replaced and called off.

use std::{
    collections::BTreeSet,
    fs,
    num::NonZeroUsize,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use falcon_episode::{
    Call, Cancel, Episode, Files, Grader as _, Submission, Tests, Value, Verdict,
};
use falcon_grading::{Language, Options, Panel, Pipeline, WorkerCommand};
use falcon_host::{Loader, language::Limits};

use crate::falcon::plugins;

/// Each test looks at the workers of this process, so one runs at a time.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pipeline(jobs: usize, recycle: u64) -> Pipeline {
    pipeline_with(jobs, recycle, |_| ())
}

fn pipeline_with(jobs: usize, recycle: u64, set: fn(&mut Limits)) -> Pipeline {
    pipeline_of("falcon-python.wasm", jobs, recycle, set)
}

fn pipeline_of(pack: &str, jobs: usize, recycle: u64, set: fn(&mut Limits)) -> Pipeline {
    let mut limits = Limits::default();
    set(&mut limits);
    let plugin = Loader::new().unwrap().load(&plugins().join(pack)).unwrap();
    let options = Options {
        jobs: NonZeroUsize::new(jobs).unwrap(),
        limits,
        remembered: 0,
        workers: Some(WorkerCommand {
            program: env!("CARGO_BIN_EXE_falcon").into(),
            arguments: vec!["worker".into()],
            recycle,
        }),
    };
    let languages = vec![Language::of(&plugin).unwrap()];
    Pipeline::new(languages, Panel::none(), &options).unwrap()
}

/// A program that multiplies by `factor`, and the test that it multiplies by `wanted`.
fn times(factor: i64, wanted: i64, body: &str) -> Submission {
    Submission {
        task_id: format!("times {factor} {wanted}"),
        split: String::new(),
        language: "python".to_owned(),
        prompt: String::new(),
        program: format!("def times(n):\n    {body}\n    return n * {factor}\n"),
        reference: None,
        attempt: 1,
        cheapest_fuel: None,
        tests: Tests::Calls {
            function: "times".to_owned(),
            calls: vec![Call {
                arguments: vec![Value::Int(7)],
                expected: Value::Int(7 * wanted),
            }],
        },
        files: Files::default(),
    }
}

/// The process ids of this process's workers.
fn workers() -> BTreeSet<u32> {
    let own = std::process::id().to_string();
    let is_ours = |id: &u32| {
        let Ok(stat) = fs::read_to_string(format!("/proc/{id}/stat")) else {
            return false;
        };
        // After the name in parentheses: the state, then the parent.
        let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let mut fields = after.split_whitespace();
        let child = fields.next() != Some("Z") && fields.next() == Some(&own);
        // Other tests of this process start the same program with other words.
        let words = fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
        child && words.split('\0').nth(1) == Some("worker")
    };
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(is_ours)
        .collect()
}

fn kill(process: u32) {
    signal(process, "KILL");
}

fn signal(process: u32, name: &str) {
    let script = format!("kill -{name} {process}");
    let _ = std::process::Command::new("sh")
        .args(["-c", &script])
        .stderr(std::process::Stdio::null())
        .status();
}

#[test]
fn killed_workers_lose_nothing() {
    let _alone = alone();
    let pipeline = pipeline(2, 1000);
    let over = AtomicBool::new(false);
    let busy = "sum(range(300_000))";
    let batch: Vec<_> = (0..60)
        .map(|n| times(n, if n % 3 == 0 { n + 1 } else { n }, busy))
        .collect();
    let (episodes, killed) = std::thread::scope(|scope| {
        let killer = scope.spawn(|| {
            let mut killed = 0;
            while !over.load(Ordering::Relaxed) {
                // Longer than any program takes, so that none meets two of these.
                std::thread::sleep(Duration::from_secs(1));
                if let Some(worker) = workers().into_iter().next() {
                    kill(worker);
                    killed += 1;
                }
            }
            killed
        });
        let until = Instant::now() + Duration::from_secs(5);
        let mut episodes = Vec::new();
        while episodes.is_empty() || Instant::now() < until {
            episodes.push(pipeline.grade(&batch).unwrap());
        }
        over.store(true, Ordering::Relaxed);
        (episodes, killer.join().unwrap())
    });
    assert!(killed > 0, "no worker was killed");
    for episodes in episodes {
        assert_eq!(episodes.len(), batch.len());
        for (n, episode) in episodes.iter().enumerate() {
            let wanted = if n % 3 == 0 {
                Verdict::Failed
            } else {
                Verdict::Passed
            };
            assert_eq!(episode.verdict, wanted, "{n}: {:?}", episode.tests);
        }
    }
}

#[test]
fn a_worker_that_dies_twice_on_one_program_is_a_fault_and_no_verdict() {
    let _alone = alone();
    let pipeline = pipeline(1, 1000);
    let over = AtomicBool::new(false);
    let episode = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(300));
                workers().into_iter().for_each(kill);
            }
        });
        let endless = times(1, 1, "while True: pass");
        let episode = pipeline.grade(&[endless]).unwrap().remove(0);
        over.store(true, Ordering::Relaxed);
        episode
    });
    assert_eq!(episode.verdict, Verdict::Infrastructure);
    assert_eq!(episode.reward, None);
    let message = &episode.tests[0].message;
    assert!(message.contains("ended (signal: 9"), "{message}");
}

#[test]
fn workers_are_replaced_after_so_many_programs_and_leave_none_behind() {
    let _alone = alone();
    let pipeline = pipeline(1, 3);
    let mut seen = BTreeSet::new();
    for n in 0..9 {
        assert!(pipeline.grade(&[times(n, n, "pass")]).unwrap()[0].passed());
        let now = workers();
        assert_eq!(now.len(), 1, "{now:?}");
        seen.extend(now);
    }
    // After the third, the sixth and the ninth.
    assert_eq!(seen.len(), 4, "{seen:?}");
    drop(pipeline);
    assert!(workers().is_empty());
}

#[test]
#[allow(clippy::print_stderr, reason = "the figure that it measures")]
fn a_cancelled_request_ends_what_it_runs_and_the_next_is_served() {
    const TIMES: u32 = 20;
    let _alone = alone();
    let pipeline = pipeline(2, 1000);
    let (mut fastest, mut slowest) = (Duration::MAX, Duration::ZERO);
    for _ in 0..TIMES {
        pipeline.in_force().unwrap();
        let cancel = Cancel::new();
        let endless: Vec<_> = (0..6).map(|n| times(n, n, "while True: pass")).collect();
        let took = std::thread::scope(|scope| {
            let graded = scope.spawn(|| {
                let graded = pipeline.grade_until(&endless, &cancel);
                (graded.unwrap_err(), Instant::now())
            });
            std::thread::sleep(Duration::from_millis(150));
            let since = Instant::now();
            cancel.cancel();
            let (error, ended) = graded.join().unwrap();
            assert!(error.is_cancelled(), "{error}");
            ended - since
        });
        fastest = fastest.min(took);
        slowest = slowest.max(took);
    }
    eprintln!("the slowest of {TIMES} cancelled requests ended after {slowest:?}");
    // 50 ms is the promise; a machine that runs other tests may be late. The programs go on for minutes.
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    assert!(pipeline.grade(&[times(2, 2, "pass")]).unwrap()[0].passed());
}

/// There is no queue that grows: who asks waits, and what runs is what there are workers for.
#[test]
fn many_callers_have_no_more_workers_than_one() {
    const CALLERS: i64 = 8;
    let _alone = alone();
    let pipeline = pipeline(2, 1000);
    pipeline.in_force().unwrap();
    let waiting = AtomicI64::new(0);
    let call = |caller: i64| {
        let of_caller = |n| times(10 * caller + n, 10 * caller + n, "sum(range(300_000))");
        let batch: Vec<_> = (0..6).map(of_caller).collect();
        waiting.fetch_add(1, Ordering::SeqCst);
        let graded = pipeline.grade(&batch).unwrap();
        waiting.fetch_sub(1, Ordering::SeqCst);
        assert_eq!(graded.len(), batch.len());
        assert!(graded.iter().all(Episode::passed));
    };
    let call = &call;
    // How many waited, and how many workers there were.
    let mut seen = BTreeSet::new();
    std::thread::scope(|scope| {
        let callers = (0..CALLERS).map(|caller| scope.spawn(move || call(caller)));
        let callers: Vec<_> = callers.collect();
        while !callers.iter().all(|caller| caller.is_finished()) {
            seen.insert((waiting.load(Ordering::SeqCst), workers().len()));
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    assert!(seen.iter().all(|(_, workers)| *workers <= 2), "{seen:?}");
    assert!(seen.contains(&(CALLERS, 2)), "{seen:?}");
}

#[test]
fn a_worker_that_was_stopped_and_goes_on_still_has_its_clock() {
    let _alone = alone();
    let pipeline = pipeline_with(1, 1000, |limits| limits.epochs = 300);
    pipeline.in_force().unwrap();
    let episode = std::thread::scope(|scope| {
        let graded = scope.spawn(|| {
            pipeline
                .grade(&[times(1, 1, "while True: pass")])
                .unwrap()
                .remove(0)
        });
        for worker in workers() {
            for _ in 0..20 {
                signal(worker, "STOP");
                std::thread::sleep(Duration::from_millis(20));
                signal(worker, "CONT");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        graded.join().unwrap()
    });
    let message = &episode.tests[0].message;
    assert!(message.contains("wall-clock"), "{message}");
}

#[test]
fn tests_of_the_operator_may_be_deeper_than_what_crosses() {
    let _alone = alone();
    let pipeline = pipeline(1, 1000);
    let mut submission = times(1, 1, "pass");
    if let Tests::Calls { calls, .. } = &mut submission.tests {
        calls[0].expected = (0..150).fold(Value::Int(7), |inner, _| Value::List(vec![inner]));
    }
    assert_eq!(
        pipeline.grade(&[submission]).unwrap()[0].verdict,
        Verdict::Failed
    );
}

#[test]
fn the_same_verdict_and_fuel_in_workers_and_in_process() {
    let _alone = alone();
    let plugin = Loader::new()
        .unwrap()
        .load(&plugins().join("falcon-python.wasm"))
        .unwrap();
    let languages = vec![Language::of(&plugin).unwrap()];
    let here = Pipeline::new(languages, Panel::none(), &Options::default()).unwrap();
    let there = pipeline(2, 5);
    let bodies = [
        "pass",
        "{}['x']",
        "import random; n = n if random.random() < 2 else 0",
        "x = [n] * 200_000_000",
        "print('x' * 2_000_000)",
        "exit(3)",
        "1 +",
    ];
    let batch: Vec<_> = bodies.iter().map(|body| times(3, 3, body)).collect();
    let plain = |pipeline: &Pipeline| -> Vec<_> {
        let episodes = pipeline.grade(&batch).unwrap();
        episodes
            .into_iter()
            .map(|one| (one.verdict, one.fuel, one.tests, one.diagnostics))
            .collect()
    };
    assert_eq!(plain(&here), plain(&there));
}

#[test]
fn what_holds_the_workers_is_told() {
    let _alone = alone();
    let in_force = pipeline(1, 1).in_force().unwrap().expect("workers");
    for name in ["resource limits", "no new privileges", "no core dumps"] {
        assert!(
            in_force.held.iter().any(|held| held.starts_with(name)),
            "{in_force}"
        );
    }
    // Every kernel since 3.17 that is built as distributions build it.
    assert!(
        in_force.held.iter().any(|held| held == "seccomp"),
        "{in_force}"
    );
}

/// A worker compiles what it runs: with compiled code that it loaded before it gave up files, and headers that
/// its parent made and sent.
#[test]
fn compiled_languages_are_compiled_in_workers() {
    let _alone = alone();
    let of = |program: String| Submission {
        language: "cpp".to_owned(),
        program,
        ..times(0, 3, "")
    };
    let good = |comment: &str| {
        of(format!(
            "// {comment}\n#include <vector>\nlong times(long n) {{ return 3 * std::vector<long>{{n}}[0]; }}\n"
        ))
    };
    let batch = [
        good("one"),
        of("#include <vector>\nint times(int n) { return n; }\n".to_owned()),
        of("#include <vector>\nint times(int n) { return m; }\n".to_owned()),
        of("#include <map>\nint times(int n) { for (;;) n++; }\n".to_owned()),
        good("other"),
    ];
    let pipeline = pipeline_of("falcon-cpp.wasm", 1, 4, |limits| {
        limits.fuel = 5_000_000_000;
    });
    let graded = pipeline.grade(&batch).unwrap();
    let verdicts: Vec<_> = graded.iter().map(|episode| episode.verdict).collect();
    let wanted = [
        Verdict::Passed,
        Verdict::Failed,
        Verdict::CompileError,
        Verdict::OutOfFuel,
        Verdict::Passed,
    ];
    assert_eq!(verdicts, wanted, "{:?}", graded[0].tests);
}
