//! What becomes of each task of a file is counted, and what a run on files lacks is told.

use falcon_train::{Config, Event, FileConfig, Phase, Start, TaskFile, aggregate, train};

use crate::{
    fakes::Folder,
    files::{files, line, lines, on, run, written},
    runs::{Bench, finished, start},
};

/// A warm start and nothing else: the files that it read, and what it told.
fn begun(mut config: Config, folder: &Folder, name: &str) -> (Vec<TaskFile>, Vec<String>) {
    (config.warm_start.steps, config.warm_start.decay) = (2, 1);
    let bench = Bench::new();
    let mut notes = Vec::new();
    let mut note = |event: &Event| {
        if let Event::Note(said) = event {
            notes.push(said.clone());
        }
    };
    let only = Start {
        phase: Phase::WarmStart,
        ..start(config, 1)
    };
    let out = folder.path().join(name);
    let report = finished(train(only, &out, bench.services(&mut note)));
    (report.task_files, notes)
}

#[test]
fn solved_tasks_that_are_left_out_are_counted() {
    let folder = Folder::new("counts-1");
    let tasks = written(&folder, "tasks.jsonl", &lines(0..60));
    // The same tasks under other ids, so that their shares fall elsewhere, and some that nobody else has.
    let solved: String = (0..60)
        .map(|n| line(&format!("solved-{n}"), n, true))
        .chain((100..110).map(|n| line(&format!("own-{n}"), n, true)))
        .collect();
    let gold = written(&folder, "gold.jsonl", &solved);
    let mut config = on(FileConfig {
        gold: Some(gold),
        ..files(tasks)
    });
    config.warm_start.validation_tasks = 60;
    let (read, notes) = begun(config, &folder, "run");
    let [of_train, of_gold] = &read[..] else {
        panic!("{read:?}")
    };
    assert_eq!((of_train.measured, of_train.looked_at), (0, 0));
    assert_eq!((&of_gold.role[..], of_gold.tasks), ("gold", 70));
    let [whole] = &notes[2..] else {
        panic!("{notes:?}")
    };
    // Each task that is measured or looked at stands in it once, and all others are shown.
    for (count, words) in [
        (
            70 - of_gold.measured - of_gold.looked_at,
            "to be shown solved",
        ),
        (of_gold.measured, "to be measured"),
    ] {
        assert!(
            count > 0 && whole.contains(&format!(" {count} {words}")),
            "{count}: {whole}"
        );
    }
    assert!(of_gold.looked_at > 0, "{of_gold:?}");
    assert!(
        notes[1].contains("left out: a task of validation is the same"),
        "{notes:?}"
    );
}

#[test]
fn what_a_run_on_files_lacks_is_told() {
    let folder = Folder::new("counts-2");
    let file = written(&folder, "tasks.jsonl", &lines(0..60));
    let lacks = |change: &dyn Fn(&mut Config), name: &str| {
        let mut config = on(files(file.clone()));
        config.warm_start.validation_tasks = 60;
        change(&mut config);
        let (_, notes) = begun(config, &folder, name);
        notes[2..].join("\n")
    };
    assert_eq!(lacks(&|_| (), "nothing"), "");
    let none = |config: &mut Config| {
        let files = config.tasks.file.as_mut();
        files.expect("files").validation_share = 0.0;
    };
    assert!(lacks(&none, "none").starts_with("no task is for validation"));
    let few = |config: &mut Config| {
        let files = config.tasks.file.as_mut();
        files.expect("files").validation_share = 0.4;
        config.warm_start.validation_tasks = 2;
    };
    let told = lacks(&few, "few");
    assert!(
        told.contains("neither looked at nor learnt from: warm_start.validation_tasks is 2"),
        "{told}"
    );
    let small = |config: &mut Config| config.rl.drawn = 61;
    let told = lacks(&small, "small");
    assert!(told.starts_with("a step draws 61 tasks"), "{told}");
}

/// A pool smaller than what a step draws: a task that stands in a batch twice asks memory for one place and goes without in
/// another.
#[test]
fn a_task_that_is_drawn_twice_is_shown_only_what_it_asked_for() {
    let folder = Folder::new("counts-3");
    let train_file = written(&folder, "train.jsonl", &lines(0..3));
    let test = written(&folder, "test.jsonl", &lines(50..56));
    let gold = written(&folder, "gold.jsonl", &lines(100..140));
    let mut config = on(FileConfig {
        test: Some(test),
        gold: Some(gold),
        validation_share: 0.0,
        ..files(train_file)
    });
    (config.evaluation.before, config.evaluation.continued) = (false, false);
    (config.rl.drawn, config.memory.dropout) = (12, 0.5);
    let (report, bench) = run(config, &folder.path().join("run"));
    let rows = report.eval.iter().filter(|row| row.memory == "ltm");
    let by_evaluation: usize = rows.map(|row| row.tasks).sum();
    let asked = report.memory.retrievals - by_evaluation as u64;
    let used = bench.memories.used("train").len() as u64;
    assert!(0 < used && used <= asked, "{used} of {asked}");
}

#[test]
fn runs_on_different_files_do_not_add_up() {
    let folder = Folder::new("counts-4");
    let file = written(&folder, "tasks.jsonl", &lines(0..40));
    let mut config = on(files(file.clone()));
    config.evaluation.before = false;
    config.evaluation.continued = false;
    let (one, _) = run(config, &folder.path().join("run"));
    let mut other = one.clone();
    other.seed = 2;
    // The same file elsewhere is the same.
    other.task_files[0].path = "elsewhere.jsonl".to_owned();
    assert!(aggregate(&[one.clone(), other.clone()]).is_ok());
    let then = other.task_files[0].digest;
    let now = falcon_episode::Digest::of(b"another");
    other.task_files[0].digest = now;
    let error = aggregate(&[one, other]).expect_err("they read different files");
    assert_eq!(error.exit_code(), 2);
    let text = error.to_string();
    for word in [
        "the runs of seeds 1 and 2 read different files".to_owned(),
        then.to_string(),
        now.to_string(),
        "train elsewhere.jsonl".to_owned(),
    ] {
        assert!(text.contains(&word), "{word}: {text}");
    }
}
