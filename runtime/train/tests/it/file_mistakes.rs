//! Files of tasks that will not do, and tasks that are measured where they are learnt from.

use std::collections::BTreeSet;

use falcon_tasks::formats::{self, Format};
use falcon_train::{FileConfig, task_language};

use crate::{
    fakes::Folder,
    files::{files, line, lines, on, refused, run, written},
};

#[test]
fn what_is_measured_is_refused_where_it_is_learnt_from() {
    let folder = Folder::new("files-3");
    let train_file = written(&folder, "train.jsonl", &lines(0..30));
    let measured = [
        // The id, the prompt and tests under another id, and one that nobody learns from.
        line("ADD-7 ", 100, true),
        line("other", 12, false),
        line("own", 101, true),
    ];
    let test = written(&folder, "test.jsonl", &measured.concat());
    let out = folder.path().join("run");
    let with_test = |gold| FileConfig {
        test: Some(test.clone()),
        gold,
        ..files(train_file.clone())
    };
    let error = refused(on(with_test(None)), &out);
    assert_eq!(error.exit_code(), 2);
    let text = error.to_string();
    for words in [
        "train.jsonl has 2 of the tasks that are measured",
        "train.jsonl:8: task \"add-7\" has the id of \"ADD-7 \" on ",
        "test.jsonl:1\n",
        "train.jsonl:13: task \"add-12\" has the tests of \"other\" on ",
        "test.jsonl:2",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!out.join("checkpoint/state.safetensors").exists());

    // A file of solved tasks is held to the same.
    let clean = written(&folder, "clean.jsonl", &lines(40..70));
    let gold = written(&folder, "gold.jsonl", &lines([101]));
    let config = on(FileConfig {
        train: clean.clone(),
        ..with_test(Some(gold))
    });
    let text = refused(config, &out).to_string();
    assert!(
        text.contains("gold.jsonl:1: task \"add-101\" has the tests of \"own\""),
        "{text}"
    );

    let config = on(FileConfig {
        train: clean,
        ..with_test(None)
    });
    assert_eq!(
        task_language(&config).expect("it will do"),
        Some("python".to_owned())
    );
    let (report, _) = run(config, &out);
    assert_eq!(report.eval[0].tasks, 3);
    let roles: Vec<&str> = report
        .task_files
        .iter()
        .map(|file| &file.role[..])
        .collect();
    assert_eq!(roles, ["train", "test"]);
}

#[test]
fn of_a_task_that_stands_twice_none_is_learnt_from_where_one_is_measured() {
    let folder = Folder::new("files-4");
    let twice = |n| line(&format!("a-{n}"), n, true) + &line(&format!("b-{n}"), n, true);
    let file = written(
        &folder,
        "tasks.jsonl",
        &(0..40).map(twice).collect::<String>(),
    );
    // The fake memory ends a run that offers it a measured behaviour.
    let (report, bench) = run(on(files(file.clone())), &folder.path().join("run"));
    assert!(report.task_files[0].measured > 0);
    let tasks = formats::load(&file, Format::Falcon).expect("tasks");
    let measured = report.clusters["test"].iter();
    let behaviours: BTreeSet<String> = measured
        .map(|id| {
            let mut found = tasks.iter().filter(|task| task.id == *id);
            found.next().expect("it is of the file").behaviour()
        })
        .collect();
    let items = bench.memories.items("train");
    assert!(
        items
            .iter()
            .all(|item| !behaviours.contains(&item.behaviour))
    );
}

#[test]
fn mistakes_in_files_are_told_with_their_place() {
    let folder = Folder::new("files-9");
    let out = folder.path().join("run");
    let absent = on(files(folder.path().join("absent.jsonl")));
    let broken = written(&folder, "broken.jsonl", &(lines(0..3) + "{\"id\": \n"));
    let lua = line("lua", 90, true).replace("\"prefix\"", "\"language\": \"lua\", \"prefix\"");
    let mixed = written(&folder, "mixed.jsonl", &(lines(0..20) + &lua));
    for (config, words) in [
        (absent, "absent.jsonl"),
        (on(files(broken)), "broken.jsonl:4: EOF"),
        (on(files(mixed)), "\"lua\" in lua"),
    ] {
        let told = task_language(&config)
            .expect_err("it will not do")
            .to_string();
        let error = refused(config, &out);
        assert_eq!(error.exit_code(), 2, "{error}");
        let text = error.to_string();
        assert!(text.contains(words) && text == told, "{text}");
    }
}
