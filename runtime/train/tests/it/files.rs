//! Training on files of tasks.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
};

use falcon_episode::{Submission, Tests};
use falcon_tasks::formats::Format;
use falcon_train::{
    Config, EvalRequest, Event, ExemplarSource, FileConfig, ForeignTask, Outcome, Phase, RunReport,
    Start, Tokenizer, TrainError, evaluate_pymini, evaluate_tasks, load_model, resume, rows, train,
};
use serde_json::json;

use crate::{
    fakes::Folder,
    runs::{Bench, dies_anywhere, finished, left_alone, start, tiny},
};

/// A line for the task of adding `n`.
pub(crate) fn line(id: &str, n: usize, reference: bool) -> String {
    let case = |x: usize| json!({ "arguments": [x], "expected": x + n });
    let mut row = json!({
        "id": id, "prompt": format!("Add {n} to x, please."), "prefix": "def f(x):\n",
        "tests": { "calls": { "function": "f", "cases": [case(1), case(2), case(3), case(4)] } },
    });
    if reference {
        row["reference"] = json!(format!("    return x + {n}\n"));
    }
    format!("{row}\n")
}

pub(crate) fn lines(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers
        .into_iter()
        .map(|n| line(&format!("add-{n}"), n, true))
        .collect()
}

pub(crate) fn written(folder: &Folder, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).expect("it writes");
    path
}

pub(crate) fn files(train: PathBuf) -> FileConfig {
    FileConfig {
        train,
        format: Format::Falcon,
        test: None,
        test_format: None,
        gold: None,
        gold_format: None,
        gold_share: 1.0,
        test_share: 0.2,
        validation_share: 0.1,
    }
}

/// A run of seconds on these files. Its warm start is long enough that programs end.
pub(crate) fn on(files: FileConfig) -> Config {
    let mut config = tiny();
    config.tasks.file = Some(files);
    let model = &mut config.model;
    (model.tokenizer, model.context, model.answer) = (Tokenizer::Bytes, 160, 24);
    config.memory.budget = 90;
    let warm_start = &mut config.warm_start;
    (warm_start.steps, warm_start.decay, warm_start.check_every) = (60, 10, 20);
    warm_start.learning_rate = 1e-2;
    config
}

pub(crate) fn run(config: Config, out: &Path) -> (RunReport, Bench) {
    let bench = Bench::new();
    let done = train(start(config, 1), out, bench.services(&mut |_: &Event| {}));
    (finished(done), bench)
}

pub(crate) fn refused(config: Config, out: &Path) -> TrainError {
    let bench = Bench::new();
    let told = train(start(config, 1), out, bench.services(&mut |_: &Event| {}));
    told.expect_err("it is refused")
}

/// What it measured is what was said before it ran.
fn as_told_before(config: &Config, report: &RunReport) {
    let found: Vec<_> = report
        .eval
        .iter()
        .map(|row| (&row.split[..], &row.when[..], &row.memory[..], row.tasks))
        .collect();
    let told: Vec<_> = rows(config)
        .expect("rows")
        .into_iter()
        .map(|row| (row.split, row.when, row.memory, row.tasks))
        .collect();
    assert_eq!(found, told);
}

#[test]
fn a_run_on_a_file_goes_through_every_stage() {
    let folder = Folder::new("files-1");
    let file = written(&folder, "tasks.jsonl", &lines(0..60));
    let out = folder.path().join("run");
    let config = on(files(file.clone()));
    let (report, bench) = run(config.clone(), &out);
    as_told_before(&config, &report);
    let tests = report.test_sets.keys().collect::<Vec<_>>();
    assert_eq!(tests, ["test"]);
    let rows = |when: &str| -> Vec<&str> {
        let of = report.eval.iter().filter(|row| row.when == when);
        of.map(|row| {
            assert_eq!(row.split, "test");
            &row.memory[..]
        })
        .collect()
    };
    let all = [
        "none",
        "ltm",
        "ltm-random",
        "stm",
        "stm-shuffled",
        "resample",
        "best-of-n",
    ];
    assert_eq!(rows("before"), all);
    assert_eq!(rows("after"), all);
    assert_eq!(rows("continued"), ["none", "ltm", "stm"]);
    for contrast in ["after - before", "ltm - ltm-random", "stm - resample"] {
        let mut gains = report.gains.iter();
        assert!(
            gains.any(|gain| gain.split == "test" && gain.contrast == contrast),
            "{contrast}"
        );
    }
    let [read] = &report.task_files[..] else {
        panic!("{:?}", report.task_files)
    };
    assert_eq!(
        (&read.role[..], read.tasks, read.too_long),
        ("train", 60, 0)
    );
    // Programs ended and passed, were kept and shown again.
    assert!(report.curve.iter().any(|point| point.pass_rate > Some(0.0)));
    assert!(
        report
            .curve
            .iter()
            .any(|point| point.exemplar_pass_rate.is_some())
    );
    assert!(
        report
            .curve
            .iter()
            .any(|point| point.retry_pass_rate.is_some())
    );
    let items = bench.memories.items("train");
    assert!(!items.is_empty() && !bench.memories.items("evaluation").is_empty());
    assert!(items.iter().all(|item| item.language == "python"));
    // Nobody who is measured is learnt from.
    let measured: BTreeSet<&String> = report.clusters["test"].iter().collect();
    assert_eq!(measured.len(), report.eval[0].tasks);
    let episodes = fs::read_to_string(out.join("episodes.jsonl")).expect("episodes");
    for line in episodes.lines() {
        let episode: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let id = episode["task_id"].as_str().expect("an id").to_owned();
        assert!(!measured.contains(&id), "{id}");
        assert!(
            episode["program"]
                .as_str()
                .expect("text")
                .starts_with("def f(x):\n")
        );
        assert!(episode["reference"].is_string());
    }
    assert!(episodes.lines().count() > 0);
    // The model says what it reads.
    let (policy, config) = load_model(&out.join("model")).expect("a model");
    assert_eq!(policy.vocabulary(), 272);
    assert_eq!(config.tasks.file.expect("files").train, file);
}

#[test]
fn a_run_on_a_file_that_dies_anywhere_ends_as_if_it_had_not() {
    let folder = Folder::new("files-2");
    let file = written(&folder, "tasks.jsonl", &lines(0..40));
    let mut config = on(files(file));
    config.warm_start.steps = 20;
    dies_anywhere(&config, folder.path(), 9);
}

/// With failures in memory too, and replay by ratios.
#[test]
fn batches_of_a_file_are_drawn_ahead() {
    let folder = Folder::new("files-10");
    let file = written(&folder, "tasks.jsonl", &lines(0..40));
    let mut config = on(files(file));
    (config.evaluation.before, config.evaluation.continued) = (false, false);
    (config.rl.ahead, config.rl.replay_ratio) = (1, 2.0);
    config.memory.warnings = true;
    let (report, bench) = run(config.clone(), &folder.path().join("run"));
    let behind: Vec<usize> = report.curve.iter().map(|point| point.behind).collect();
    assert_eq!(behind, [0, 1, 1, 1]);
    // Files have no private words that an exemplar could tell.
    assert!(report.curve.iter().all(|it| it.exemplar_told.is_none()));
    let items = bench.memories.items("train");
    let mut warnings = items.iter().filter(|item| item.score < 1.0).peekable();
    assert!(warnings.peek().is_some());
    assert!(warnings.all(|item| item.feedback.starts_with("failed at test")));
    dies_anywhere(&config, folder.path(), 9);
}

/// In evaluation as in training: under a policy that shows no attempt another task's failure is no other than the own one.
#[test]
fn second_attempts_on_a_file_show_what_the_memory_policy_composes() {
    let folder = Folder::new("files-11");
    let file = written(&folder, "tasks.jsonl", &lines(0..60));
    let measured = |hides: bool| {
        let bench = Bench::new();
        if hides {
            bench.memories.hide_attempts("evaluation");
        }
        let only = Start {
            phase: Phase::Measured,
            ..start(on(files(file.clone())), 1)
        };
        let out = folder.path().join(hides.to_string());
        let report = finished(train(only, &out, bench.services(&mut |_: &Event| {})));
        let [fed, shuffled] = ["stm", "stm-shuffled"].map(|memory| {
            let mut rows = report.eval.iter();
            let row = rows.find(|row| row.memory == memory);
            let row = row.expect("it is measured");
            (row.by_task.clone(), row.tokens_mean)
        });
        (fed, shuffled, bench.memories.offered("evaluation"))
    };
    let (shown, _, offered) = measured(false);
    let (hidden, shuffled, same) = measured(true);
    assert!(offered > 0 && offered == same, "{offered} {same}");
    assert_eq!(hidden, shuffled);
    // What is shown is read, and costs its tokens.
    assert!((shown.1 - hidden.1).abs() > 1e-9, "{shown:?}");
}

#[test]
fn rows_that_look_at_feedback_need_tests_apart_from_those_that_decide() {
    let folder = Folder::new("files-5");
    let single = |n: usize| {
        let row = json!({
            "id": format!("t-{n}"), "prompt": format!("Say {n}."), "reference": format!("    return {n}\n"),
            "prefix": "def f(x):\n",
            "tests": { "calls": { "function": "f", "cases": [{ "arguments": [0], "expected": n }] } },
        });
        format!("{row}\n")
    };
    let text: String = (0..30).map(single).collect();
    let mut config = on(files(written(&folder, "tasks.jsonl", &text)));
    config.evaluation.continued = false;
    config.evaluation.before = false;
    config.memory.exemplar = ExemplarSource::Random;
    let (report, bench) = run(config.clone(), &folder.path().join("run"));
    as_told_before(&config, &report);
    let rows: Vec<&str> = report.eval.iter().map(|row| &row.memory[..]).collect();
    assert_eq!(rows, ["none", "ltm", "ltm-random"]);
    // Training showed the control's exemplars and asked memory for none.
    assert!(
        report
            .curve
            .iter()
            .any(|point| point.exemplar_pass_rate.is_some())
    );
    assert!(bench.memories.used("train").is_empty());
}

#[test]
fn without_solved_tasks_a_run_starts_from_a_model() {
    let folder = Folder::new("files-6");
    let unsolved: String = (0..40)
        .map(|n| line(&format!("add-{n}"), n, false))
        .collect();
    let file = written(&folder, "unsolved.jsonl", &unsolved);
    let mut config = on(files(file));
    let out = folder.path().join("run");
    let text = refused(config.clone(), &out).to_string();
    assert!(
        text.contains("--warm-start") && text.contains("tasks.file.gold"),
        "{text}"
    );

    let solved = written(&folder, "solved.jsonl", &lines(50..90));
    let warm = folder.path().join("warm");
    let bench = Bench::new();
    let only = Start {
        phase: Phase::WarmStart,
        ..start(on(files(solved)), 1)
    };
    finished(train(only, &warm, bench.services(&mut |_: &Event| {})));
    let from = |config: &Config| Start {
        warm_start: Some(warm.join("model")),
        ..start(config.clone(), 1)
    };
    let told = train(from(&config), &out, bench.services(&mut |_: &Event| {}));
    let text = told.expect_err("the anchor needs rows").to_string();
    assert!(text.contains("rl.anchor must be 0"), "{text}");
    config.rl.anchor = 0.0;
    config.evaluation.continued = false;
    let bench = Bench::new();
    let report = finished(train(
        from(&config),
        &out,
        bench.services(&mut |_: &Event| {}),
    ));
    assert!(report.eval.iter().any(|row| row.memory == "none"));
    assert!(report.eval.iter().all(|row| row.memory != "ltm"));
}

#[test]
fn a_file_that_changed_is_not_gone_on_with() {
    let folder = Folder::new("files-7");
    let file = written(&folder, "tasks.jsonl", &lines(0..40));
    let out = folder.path().join("run");
    let bench = Bench::new();
    bench.cancel.store(true, Ordering::Relaxed);
    let config = on(files(file.clone()));
    let stopped = train(
        start(config.clone(), 1),
        &out,
        bench.services(&mut |_: &Event| {}),
    );
    assert!(
        matches!(stopped, Ok(Outcome::Stopped { .. })),
        "{stopped:?}"
    );
    bench.cancel.store(false, Ordering::Relaxed);
    let whole = fs::read(&file).expect("it reads");
    fs::write(&file, lines(0..41)).expect("it writes");
    let error = resume(&out, bench.services(&mut |_: &Event| {})).expect_err("it changed");
    assert!(error.to_string().contains("began with another"), "{error}");
    fs::write(&file, whole).expect("it writes");
    let report = finished(resume(&out, bench.services(&mut |_: &Event| {})));
    let (undisturbed, _) = left_alone(config, &folder.path().join("whole"), 1);
    assert_eq!(report.result_digest, undisturbed.result_digest);
}

#[test]
fn what_a_context_has_no_room_for_is_counted() {
    let folder = Folder::new("files-8");
    let long = |n: usize| line(&format!("long-{n}"), n, true).replace("please", &"p".repeat(200));
    let text = lines(0..40) + &(100..110).map(long).collect::<String>();
    let file = written(&folder, "tasks.jsonl", &text);
    let mut config = on(files(file.clone()));
    config.evaluation.continued = false;
    let out = folder.path().join("run");
    let (report, _) = run(config.clone(), &out);
    assert_eq!(
        (report.task_files[0].tasks, report.task_files[0].too_long),
        (50, 10)
    );
    (config.model.context, config.model.answer) = (130, 24);
    let text = refused(config, &folder.path().join("other")).to_string();
    for words in [
        "no task to learn from",
        "50 are too long for model.context 130",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    measured_on_another_file(&out.join("model"));
}

/// A saved model reads any file; what it has no room for counts as not solved.
fn measured_on_another_file(model: &Path) {
    let request = EvalRequest {
        model,
        samples: 3,
        temperature: 0.8,
        seed: 1,
    };
    let submission = |program: &str| Submission {
        task_id: "a".to_owned(),
        split: String::new(),
        language: "python".to_owned(),
        prompt: String::new(),
        program: program.to_owned(),
        reference: None,
        attempt: 1,
        cheapest_fuel: None,
        tests: Tests::Calls {
            function: "f".to_owned(),
            calls: vec![falcon_episode::Call {
                arguments: Vec::new(),
                expected: falcon_episode::Value::None,
            }],
        },
        files: falcon_episode::Files::default(),
    };
    let task = |id: &str, prompt: String| ForeignTask {
        id: id.to_owned(),
        prompt,
        submission: Box::new(submission),
    };
    let tasks = [
        task("short", "Schön.".to_owned()),
        task("long", "x".repeat(500)),
    ];
    let bench = Bench::new();
    let report = evaluate_tasks(&request, &tasks, &bench.grader).expect("it is measured");
    assert_eq!((report.tasks, report.samples), (2, 3));
    assert_eq!(report.by_task[1], ("long".to_owned(), 3, 0));
    assert!((report.expressible - 1.0).abs() < 1e-12);
    assert!(report.note.contains("1 of 2 prompts"), "{}", report.note);
    let error = evaluate_pymini(&request, "iid", 3, None, &bench.grader).expect_err("no PyMini");
    assert!(error.to_string().contains("--tasks"), "{error}");
}
