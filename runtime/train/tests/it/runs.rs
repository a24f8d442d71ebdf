use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use falcon_train::{
    Config, Event, ModelConfig, Objective, Outcome, Phase, Progress, RunReport, Services, Start,
    TrainError, aggregate, resume, train,
};

use crate::fakes::{Folder, HashGrader, Memories};

/// A run of seconds that goes through every stage.
pub(crate) fn tiny() -> Config {
    let mut config = Config::quick();
    config.name = "tiny".into();
    config.checkpoint_every = 2;
    config.model = ModelConfig {
        width: 16,
        layers: 1,
        heads: 2,
        ..ModelConfig::default()
    };
    (config.tasks.gold, config.tasks.rows, config.tasks.pool) = (30, 40, 60);
    config.tasks.pool_eight_way = 0.6;
    let w = &mut config.warm_start;
    (w.batch, w.warm_up, w.check_every, w.validation_tasks) = (4, 2, 2, 4);
    (w.decay, w.steps) = (2, 5);
    let r = &mut config.rl;
    (r.steps, r.drawn, r.kept, r.group, r.retries) = (4, 6, 4, 3, 2);
    (r.anchor_rows, r.replay_rows, r.warm_up) = (2, 4, 1);
    let e = &mut config.evaluation;
    (e.iid, e.composition, e.alias, e.ambiguous) = (4, 3, 8, 3);
    (e.samples, e.draws) = (2, 100);
    config
}

pub(crate) struct Bench {
    pub(crate) grader: HashGrader,
    pub(crate) memories: Memories,
    pub(crate) cancel: AtomicBool,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            grader: HashGrader::default(),
            memories: Memories::default(),
            cancel: AtomicBool::new(false),
        }
    }

    pub(crate) fn services<'a>(
        &'a self,
        observer: &'a mut dyn falcon_train::Observer,
    ) -> Services<'a> {
        Services {
            grader: &self.grader,
            memories: &self.memories,
            observer,
            cancel: &self.cancel,
        }
    }
}

pub(crate) fn start(config: Config, seed: u64) -> Start {
    Start {
        config,
        seed,
        phase: Phase::All,
        warm_start: None,
    }
}

pub(crate) fn finished(outcome: Result<Outcome, TrainError>) -> RunReport {
    match outcome {
        Ok(Outcome::Finished(report)) => *report,
        Ok(Outcome::Stopped { phase, step, .. }) => panic!("stopped in {phase} after {step}"),
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn undisturbed(out: &Path, seed: u64) -> (RunReport, usize) {
    left_alone(tiny(), out, seed)
}

/// A run of a configuration that nothing stops, and its steps.
pub(crate) fn left_alone(config: Config, out: &Path, seed: u64) -> (RunReport, usize) {
    let bench = Bench::new();
    let mut steps = 0;
    let mut count = |event: &Event| steps += usize::from(matches!(event, Event::Step(_)));
    let report = finished(train(start(config, seed), out, bench.services(&mut count)));
    (report, steps)
}

#[test]
fn a_run_goes_through_every_stage_and_writes_its_folder() {
    let out = Folder::new("runs-1");
    let bench = Bench::new();
    let report = finished(train(
        start(tiny(), 1),
        out.path(),
        bench.services(&mut |_: &Event| {}),
    ));
    let written = std::fs::read(out.path().join("report.json")).expect("a report");
    let read: RunReport = serde_json::from_slice(&written).expect("it is a report");
    assert_eq!(read.result_digest, report.result_digest);
    let key =
        |row: &falcon_train::EvalRow| (row.split.clone(), row.when.clone(), row.memory.clone());
    let rows: Vec<_> = report.eval.iter().map(key).collect();
    for when in ["before", "after", "continued"] {
        assert!(
            rows.contains(&("iid".into(), when.into(), "none".into())),
            "{rows:?}"
        );
    }
    for memory in ["none", "ltm", "ltm-random", "ltm-oracle"] {
        assert!(
            rows.contains(&("alias".into(), "after".into(), memory.into())),
            "{rows:?}"
        );
    }
    for memory in ["none", "stm", "stm-shuffled", "resample"] {
        assert!(
            rows.contains(&("ambiguous".into(), "after".into(), memory.into())),
            "{rows:?}"
        );
    }
    assert_eq!(report.curve.len(), 4);
    assert!(report.memory.items > 0);
    let kept = bench.memories.checkpoints("train");
    assert_eq!(report.memory.checkpoint, kept.last().copied());
    for name in ["train", "evaluation"] {
        assert_eq!(bench.memories.checkpoints(name).len(), 1, "{name}");
    }
    assert!(!report.gains.is_empty());
    let episodes = std::fs::read_to_string(out.path().join("episodes.jsonl")).expect("episodes");
    assert!(episodes.lines().count() > 0);
    for line in episodes.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("a line is JSON");
    }
    for file in [
        "model/model.safetensors",
        "model/config.toml",
        "model/vocabulary.json",
    ] {
        assert!(out.path().join(file).is_file(), "{file}");
    }
}

#[test]
fn a_run_that_dies_anywhere_ends_as_if_it_had_not() {
    let folder = Folder::new("runs-2");
    dies_anywhere(&tiny(), folder.path(), 6);
}

#[test]
fn a_warm_start_that_does_not_read_its_memories_is_begun_again() {
    let folder = Folder::new("runs-again");
    let with = |tries, margin| {
        let mut config = tiny();
        config.warm_start.tries = tries;
        // What so few steps teach adds little.
        config.warm_start.long_term_margin = margin;
        config.warm_start.short_term_margin = 0.0;
        config
    };
    let run = |name: &str, config: Config, seed| {
        let bench = Bench::new();
        let mut notes = Vec::new();
        let mut note = |event: &Event| {
            if let Event::Note(said) = event {
                notes.push(said.clone());
            }
        };
        let out = folder.path().join(name);
        let report = finished(train(start(config, seed), &out, bench.services(&mut note)));
        notes.retain(|said| said.contains("begun again"));
        (report, notes)
    };
    let (once, notes) = run("once", with(1, 1.0), 1);
    assert!(
        notes.is_empty() && once.warm_start[0].abandoned == 0,
        "{notes:?}"
    );
    let (thrice, notes) = run("thrice", with(3, 1.0), 1);
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(
        notes[1].contains("warm start 2 of 3") && notes[1].contains("of 1.00"),
        "{notes:?}"
    );
    // The report has the last one whole, which went on to its end.
    let steps = |report: &RunReport| -> Vec<usize> {
        report.warm_start.iter().map(|point| point.step).collect()
    };
    let losses = |report: &RunReport| -> Vec<u64> {
        report
            .warm_start
            .iter()
            .map(|point| point.loss.to_bits())
            .collect()
    };
    assert_eq!(steps(&thrice), steps(&once));
    assert!(thrice.warm_start.iter().all(|point| point.abandoned == 2));
    assert_ne!(losses(&thrice), losses(&once), "the same weights");
    // One that reads its memories is not.
    let (seed, alike) = (1..50)
        .map(|seed| (seed, run(&format!("alike-{seed}"), with(1, 0.0), seed).0))
        .find(|(_, report)| {
            let looks = report.warm_start.iter();
            let mut looks = looks.filter(|look| look.step <= 3);
            looks.all(|look| look.long_term_margin >= 0.0 && look.short_term_margin >= 0.0)
        })
        .expect("a seed whose policy passes by chance where it is helped");
    let (read, notes) = run("read", with(3, 0.0), seed);
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(losses(&read), losses(&alike));
    dies_anywhere(&with(2, 1.0), &folder.path().join("dies"), 5);
}

/// Several updates on a batch against the policy that sampled, a KL term and looks at validation: all of it is in the checkpoint.
#[test]
fn a_clipped_run_that_dies_anywhere_ends_as_if_it_had_not() {
    let folder = Folder::new("runs-8");
    let mut config = tiny();
    let r = &mut config.rl;
    (r.objective, r.updates, r.kl) = (Objective::Grpo, 2, 0.05);
    (r.clip_low, r.clip_high) = (Some(0.01), Some(0.01));
    (r.check_every, r.patience) = (1, 2);
    dies_anywhere(&config, folder.path(), 5);
}

/// Kills a run at one step in `every`, each time anew, and resumes it.
pub(crate) fn dies_anywhere(config: &Config, folder: &Path, every: usize) {
    let (whole, steps) = left_alone(config.clone(), &folder.join("whole"), 1);
    for death in (1..steps).step_by(every) {
        let mut left = death;
        dies(config, folder, &format!("dies-{death}"), &whole, |_| {
            left -= 1;
            left == 0
        });
    }
}

/// Kills a run at a step, resumes it, and compares with the `whole` one, whose folder has that name.
pub(crate) fn dies(
    config: &Config,
    folder: &Path,
    name: &str,
    whole: &RunReport,
    mut is_last: impl FnMut(&Progress) -> bool,
) {
    let out = folder.join(name);
    let bench = Bench::new();
    // Dying in the observer leaves whatever was on disk at that moment, as SIGKILL does.
    let mut kill = |event: &Event| {
        if let Event::Step(progress) = event
            && is_last(progress)
        {
            resume_unwind(Box::new("killed"));
        }
    };
    let services = bench.services(&mut kill);
    let died = catch_unwind(AssertUnwindSafe(|| {
        train(start(config.clone(), 1), &out, services)
    }));
    assert!(died.is_err(), "{name}: it lived");
    let report = finished(resume(&out, bench.services(&mut |_: &Event| {})));
    same(name, &out, &report, &folder.join("whole"), whole);
    for memory in ["train", "evaluation"] {
        assert_eq!(bench.memories.checkpoints(memory).len(), 1, "{memory}");
    }
}

/// A run's result, episodes and curve are those of another.
pub(crate) fn same(name: &str, out: &Path, report: &RunReport, of: &Path, whole: &RunReport) {
    assert_eq!(report.result_digest, whole.result_digest, "{name}");
    let episodes = |out: &Path| std::fs::read(out.join("episodes.jsonl")).expect("episodes");
    assert!(episodes(out) == episodes(of), "{name}: other episodes");
    // Numbers of the state are texts in a checkpoint, which may cost their last digit.
    let told = |report: &RunReport| {
        let points = report.curve.iter().map(|point| {
            let numbers = [
                point.reward_mean.unwrap_or_default(),
                point.entropy,
                point.gradient_norm,
                point.clip_fraction,
                point.log_ratio,
                point.kl_to_start.unwrap_or_default(),
            ];
            let rounded = numbers.map(|number| format!("{number:.9}"));
            (point.step, point.behind, point.groups, rounded)
        });
        points.collect::<Vec<_>>()
    };
    assert_eq!(told(report), told(whole), "{name}");
    let counted = |it: &RunReport| (it.tokens, it.rl_compute, it.memory.retrievals);
    assert_eq!(counted(report), counted(whole), "{name}");
}

#[test]
fn memory_holds_what_failed_before_and_every_score() {
    let out = Folder::new("runs-7");
    let bench = Bench::new();
    let mut config = tiny();
    // Long enough that programs end, so that some groups both fail and pass.
    config.warm_start.steps = 40;
    finished(train(
        start(config, 1),
        out.path(),
        bench.services(&mut |_: &Event| {}),
    ));
    let (mut plain, mut after_failure) = (0, 0);
    for item in bench.memories.items("train") {
        let wanted = [
            ("fake/hash", 1.0),
            ("fake/hash/failing", 0.0),
            ("reward", 1.0),
        ];
        let wanted = wanted.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(item.scores, wanted.into_iter().collect());
        assert!((item.score - 1.0).abs() < 1e-12);
        match item.feedback.as_str() {
            "" => plain += 1,
            "failed at test 1: wanted another value" => after_failure += 1,
            other => panic!("{other}"),
        }
    }
    assert!(plain > 0 && after_failure > 0, "{plain} {after_failure}");
}

#[test]
fn another_seed_gives_another_result_and_seeds_add_up() {
    let folder = Folder::new("runs-3");
    let (one, _) = undisturbed(&folder.path().join("1"), 1);
    let (two, _) = undisturbed(&folder.path().join("2"), 2);
    assert_ne!(one.result_digest, two.result_digest);
    let both = aggregate(&[one.clone(), two.clone()]).expect("they add up");
    assert_eq!(both.seeds, [1, 2]);
    assert_eq!(both.eval.len(), one.eval.len());
    let mean = (one.eval[0].pass_at_1 + two.eval[0].pass_at_1) / 2.0;
    assert!((both.eval[0].pass_at_1 - mean).abs() < 1e-12);
    assert!(aggregate(&[]).is_err());
    let mut other = two.clone();
    let (name, then) = other.plugins.pop_first().expect("a plugin took part");
    let now = falcon_episode::Digest::of(b"another build of it");
    other.plugins.insert(name.clone(), now);
    let error = aggregate(&[one, other]).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let text = error.to_string();
    for word in [name, then.to_string(), now.to_string()] {
        assert!(text.contains(&word), "{text}");
    }
}

#[test]
fn a_run_can_be_stopped_between_steps() {
    let folder = Folder::new("runs-4");
    let out = folder.path().join("stopped");
    let bench = Bench::new();
    let mut stop = |event: &Event| {
        if matches!(event, Event::Step(progress) if progress.phase == "rl" && progress.step == 3) {
            bench.cancel.store(true, Ordering::Relaxed);
        }
    };
    match train(start(tiny(), 1), &out, bench.services(&mut stop)) {
        Ok(Outcome::Stopped { phase, step, .. }) => assert_eq!((&phase[..], step), ("rl", 3)),
        other => panic!("{other:?}"),
    }
    bench.cancel.store(false, Ordering::Relaxed);
    let report = finished(resume(&out, bench.services(&mut |_: &Event| {})));
    let (whole, _) = undisturbed(&folder.path().join("whole"), 1);
    assert_eq!(report.result_digest, whole.result_digest);
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = Folder::new("runs-5");
    let out = folder.path().join("run");
    let bench = Bench::new();
    let mut quiet = |_: &Event| {};
    let error = resume(&out, bench.services(&mut quiet)).expect_err("nothing is there");
    assert!(error.to_string().contains("state.safetensors"), "{error}");
    assert_eq!(error.exit_code(), 2);
    finished(train(start(tiny(), 1), &out, bench.services(&mut quiet)));
    let error = train(start(tiny(), 1), &out, bench.services(&mut quiet)).expect_err("it is taken");
    assert!(error.to_string().contains("holds a run already"), "{error}");
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("it writes");
    let error = train(start(tiny(), 1), &file, bench.services(&mut quiet)).expect_err("no folder");
    assert!(error.to_string().contains("file"), "{error}");
}

#[test]
fn a_warm_start_can_be_made_once_and_used_again() {
    let folder = Folder::new("runs-6");
    let bench = Bench::new();
    let mut quiet = |_: &Event| {};
    let warm = folder.path().join("warm");
    let only = Start {
        phase: Phase::WarmStart,
        ..start(tiny(), 1)
    };
    finished(train(only, &warm, bench.services(&mut quiet)));
    let bench = Bench::new();
    let from = Start {
        warm_start: Some(warm.join("model")),
        ..start(tiny(), 1)
    };
    let report = finished(train(
        from,
        &folder.path().join("rl"),
        bench.services(&mut quiet),
    ));
    let (whole, _) = undisturbed(&folder.path().join("whole"), 1);
    assert_eq!(report.eval, whole.eval);
}
