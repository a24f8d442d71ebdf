//! Memory policies in training, and what people do with a memory.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    falcon::{Folder, eight_aliases, falcon, fixture, plugins, renamed},
    swap::{copy, killed_when},
};

/// The run's ledger of policies: step and name.
fn ledger(out: &str) -> Vec<(u64, String)> {
    let text =
        fs::read_to_string(format!("{out}/memory-policy/policies.jsonl")).unwrap_or_default();
    let entry = |line: &str| {
        let entry: Value = serde_json::from_str(line).unwrap();
        let name = entry["policy"].as_str().unwrap().to_owned();
        (entry["step"].as_u64().unwrap(), name)
    };
    text.lines().map(entry).collect()
}

#[test]
fn another_policy_is_in_the_ledger_and_a_killed_run_repeats_it() {
    let folder = Folder::new();
    let (config, out) = (fixture("tiny.toml"), folder.path("run"));
    // From a file that is gone afterwards: the run keeps what it began with.
    let file = folder.path("first.wasm");
    fs::copy(plugins().join("falcon-diverse.wasm"), &file).unwrap();
    let begin = [
        "train",
        "--config",
        &config,
        "--seed",
        "5",
        "--out",
        &out,
        "--memory-policy",
        &file,
    ];
    let episodes = || fs::metadata(format!("{out}/episodes.jsonl")).map_or(0, |file| file.len());
    killed_when(&begin, || episodes() > 0);
    assert_eq!(ledger(&out), [(0, "falcon/diverse".to_owned())]);
    fs::remove_file(&file).unwrap();

    for (arguments, words) in [
        (&["--memory-policy", "unit-tests"][..], &["is a judge"][..]),
        (&["--memory-policy", "nobody/has-it"], &["nobody/has-it"]),
    ] {
        falcon(&[&["swap", &out], arguments].concat())
            .expect(2)
            .saying(words);
    }
    falcon(&["train", "--resume", &out, "--memory-policy", "utility"])
        .expect(2)
        .saying(&["--memory-policy", "--resume"]);
    let told = falcon(&["swap", &out, "--memory-policy", "utility", "--json"])
        .expect(0)
        .json();
    assert!(told["memory_policy"]["falcon/utility"].is_string());
    let ended = folder.path("ended");
    copy(Path::new(&out), Path::new(&ended));
    let told = falcon(&["train", "--resume", &ended, "--json"])
        .expect(0)
        .json();
    let entries = ledger(&ended);
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert!(entries[1].0 >= 1 && entries[1].1 == "falcon/utility");
    let report: Value =
        serde_json::from_slice(&fs::read(format!("{ended}/report.json")).unwrap()).unwrap();
    assert_eq!(report["memory_policies"][1]["step"], entries[1].0);
    assert!(report["plugins"]["falcon/utility"].is_string());

    // Killed after the change, the run goes by its ledger, whatever is asked for in its folder meanwhile.
    let killed = || ledger(&out).len() == 2;
    killed_when(&["train", "--resume", &out], killed);
    let again = falcon(&["train", "--resume", &out, "--json"])
        .expect(0)
        .json();
    assert_eq!(ledger(&out), entries);
    assert_eq!(again["result_digest"], told["result_digest"]);

    // What it keeps is what it was.
    let kept: Vec<PathBuf> = fs::read_dir(format!("{out}/memory-policy/kept"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(kept.len(), 2);
    for path in kept {
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, renamed(&bytes)).unwrap();
    }
    let memory = format!("{out}/memory/evaluation");
    let model = format!("{out}/model");
    let eval = eight_aliases(&model);
    falcon(&[&eval[..], &["--memory", &memory]].concat())
        .expect(2)
        .saying(&["is wanted"]);
    let other = [
        &eval[..],
        &["--memory", &memory, "--memory-policy", "none", "--json"],
    ]
    .concat();
    assert!(falcon(&other).expect(0).json()["plugins"]["falcon/none"].is_string());
}

#[test]
fn what_a_policy_uses_is_in_the_report_of_a_run_that_was_killed_too() {
    let folder = Folder::new();
    let (config, out) = (fixture("tiny.toml"), folder.path("run"));
    let policy = plugins().join("test/falcon-noting.wasm");
    let policy = policy.to_str().unwrap();
    let granted = ["--grant", "falcon/noting=log,kv"];
    let begin = [
        "train",
        "--config",
        &config,
        "--seed",
        "5",
        "--out",
        &out,
        "--memory-policy",
        policy,
    ];
    let uses = || fs::read(format!("{out}/memory-policy/uses.json"));
    killed_when(&[&granted[..], &begin].concat(), || uses().is_ok());
    let before: Value = serde_json::from_slice(&uses().unwrap()).unwrap();
    let resume = ["train", "--resume", &out];
    falcon(&[&granted[..], &resume].concat()).expect(0);
    let report: Value =
        serde_json::from_slice(&fs::read(format!("{out}/report.json")).unwrap()).unwrap();
    let used = &report["memory_policies"][0]["uses"];
    let messages = |uses: &Value| uses["log"].as_u64().unwrap();
    assert!(messages(used) > messages(&before["0"]), "{before}, {used}");
    assert!(used["kv"].as_u64() > Some(0), "{used}");
}

#[test]
fn settings_of_the_policy_are_part_of_the_configuration() {
    let folder = Folder::new();
    let text = fs::read_to_string(fixture("tiny.toml")).unwrap();
    let with = |settings: &str| {
        text.replace(
            "[memory]\n",
            &format!("[memory]\nexemplar = \"oracle\"\n{settings}\n"),
        )
    };
    let unknown = folder.write("unknown.toml", with("settings = { nothing = 1 }"));
    let out = folder.path("run");
    falcon(&["train", "--config", &unknown, "--out", &out])
        .expect(2)
        .saying(&["nothing", "setting"]);
    assert!(!Path::new(&out).exists());
    let few = folder.write("few.toml", with("settings = { writes = 3 }"));
    let begin = [
        "train",
        "--config",
        &few,
        "--out",
        &out,
        "--memory-policy",
        "stale",
    ];
    falcon(&begin).expect(0);
    let told = falcon(&["memory", "stats", &format!("{out}/memory/train"), "--json"])
        .expect(0)
        .json();
    assert_eq!(told["items"], 3);
    assert!(
        told["refused"]["memory takes in nothing more"].is_u64(),
        "{told}"
    );
}

#[test]
fn a_memory_is_searched_drawn_and_handed_on() {
    let folder = Folder::new();
    let (config, out) = (fixture("tiny.toml"), folder.path("run"));
    falcon(&["train", "--config", &config, "--out", &out]).expect(0);
    let train = format!("{out}/memory/train");

    let page = folder.path("memory.html");
    let stats = ["memory", "stats", &out, "--html", &page, "--json"];
    let told = falcon(&stats).expect(0).json();
    let items = told["memories"][1]["items"].as_u64().unwrap();
    assert!(told["memories"][1]["history"].as_array().unwrap().len() > 1);
    let drawn = fs::read_to_string(&page).unwrap();
    for word in [
        "Growth",
        "neighbours",
        "memory/train",
        "memory/evaluation",
        "evaluation tasks",
    ] {
        assert!(drawn.contains(word), "{word}");
    }

    let file = folder.path("items.jsonl");
    falcon(&["memory", "export", &out, &file])
        .expect(2)
        .saying(&["2 memories", "memory/train"]);
    falcon(&["memory", "export", &train, &file]).expect(0);
    let lines: Vec<Value> = fs::read_to_string(&file)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len() as u64, items);
    let printed = falcon(&["memory", "export", &train, "-"]).expect(0);
    assert_eq!(printed.stdout, fs::read_to_string(&file).unwrap());

    let words = lines[0]["prompt"].as_str().unwrap();
    at_a_checkpoint(&folder, &out, items, words);
    let project = lines[0]["project"].as_str().unwrap();
    let search = ["memory", "search", &train, words, "--project", project];
    let told = falcon(&[&search[..], &["--json", "--limit", "3"]].concat())
        .expect(0)
        .json();
    let found = told["memories"][0]["items"].as_array().unwrap();
    assert_eq!(found[0]["prompt"], words, "{told}");
    assert!(found.len() <= 3 && found.iter().all(|item| item["project"] == project));
    let text = falcon(&search).expect(0).stdout;
    assert!(text.contains("relevance") && text.contains(words), "{text}");
    falcon(&["memory", "search", &train, "x", "--language", "cobol"])
        .expect(1)
        .saying(&[]);

    let other = folder.path("other");
    let told = falcon(&["memory", "import", &other, &file, "--json"])
        .expect(0)
        .json();
    assert_eq!(
        (&told["entered"], &told["known"]),
        (&json!(items), &json!(0))
    );
    let again = falcon(&["memory", "import", &other, &file])
        .expect(0)
        .stdout;
    assert!(again.contains("0 items entered"), "{again}");
    leaks(&folder, &train, &lines);
}

/// What training left is read by the number that the report says.
fn at_a_checkpoint(folder: &Folder, out: &str, items: u64, words: &str) {
    let report: Value =
        serde_json::from_slice(&fs::read(format!("{out}/report.json")).unwrap()).unwrap();
    let number = report["memory"]["checkpoint"].as_u64().unwrap().to_string();
    let train = format!("{out}/memory/train");
    let at = |number: &str, more: &[&str]| {
        let arguments = [&["memory"][..], more, &["--checkpoint", number, "--json"]].concat();
        falcon(&arguments)
    };
    let told = at(&number, &["stats", &train]).expect(0).json();
    assert_eq!(told["items"], items);
    assert_eq!(told["table_version"], report["memory"]["table_version"]);
    let found = at(&number, &["search", &train, words, "--limit", "2"]);
    found.expect(0);
    let file = folder.path("checkpoint.jsonl");
    at(&number, &["export", &train, &file]).expect(0);
    let lines = fs::read_to_string(&file).unwrap().lines().count();
    assert_eq!(lines as u64, items);
    at("999", &["stats", &train])
        .expect(2)
        .saying(&["no checkpoint 999", &number]);
    at(&number, &["stats", out])
        .expect(2)
        .saying(&["2 memories", "memory/train"]);
}

/// What a memory that is guarded does not take in.
fn leaks(folder: &Folder, train: &str, lines: &[Value]) {
    let guard: Value =
        serde_json::from_slice(&fs::read(format!("{train}/guard.json")).unwrap()).unwrap();
    let before = falcon(&["memory", "stats", train, "--json"])
        .expect(0)
        .json();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut line = lines[0].clone();
        line["behaviour"] = json!("feed");
        line["task_id"] = json!("mine");
        change(&mut line);
        line.to_string()
    };
    let leaking = [
        with(&|line| line["task_id"] = json!("IID-000000")),
        with(&|line| line["behaviour"] = guard["behaviours"][0].clone()),
        with(&|line| line["program"] = json!("return 1 - x")),
    ];
    let file = folder.write("leaking.jsonl", leaking.join("\n"));
    falcon(&["memory", "import", train, &file])
        .expect(2)
        .saying(&[
            "2 of 3 items",
            "by its id",
            "by its behaviour",
            "nothing was taken in",
        ]);
    let broken = folder.write(
        "broken.jsonl",
        format!("{}\n{{\"task_id\": 3}}\n", leaking[2]),
    );
    falcon(&["memory", "import", train, &broken])
        .expect(2)
        .saying(&["broken.jsonl:2"]);
    let score = folder.write("score.jsonl", with(&|line| line["score"] = json!(7)));
    falcon(&["memory", "import", train, &score])
        .expect(2)
        .saying(&["score.jsonl:1", "score"]);
    let after = falcon(&["memory", "stats", train, "--json"])
        .expect(0)
        .json();
    assert_eq!(before["items"], after["items"]);
}

#[test]
fn what_items_are_worth_is_told_for_each_policy_and_control() {
    let folder = Folder::new();
    let (config, out) = (fixture("tiny.toml"), folder.path("run"));
    let begin = [
        "train",
        "--config",
        &config,
        "--out",
        &out,
        "--phase",
        "warm-start",
    ];
    falcon(&begin).expect(0);
    let model = format!("{out}/model");
    let used = [
        "memory",
        "use",
        "--model",
        &model,
        "--limit",
        "8",
        "--samples",
        "1",
    ];
    let named = [
        "--memory-policy",
        "none",
        "--memory-policy",
        "similar-recent",
        "--json",
    ];
    let told = falcon(&[&used[..], &named].concat()).expect(0).json();
    let rows = told["use"].as_array().unwrap();
    let row = |split: &str, arm: &str| {
        let found = rows
            .iter()
            .find(|row| row["split"] == split && row["arm"] == arm);
        found.unwrap_or_else(|| panic!("{split} {arm} in {told}"))
    };
    assert_eq!(rows.len(), 8);
    for split in ["alias", "iid"] {
        // Nothing shown is nothing changed.
        let none = row(split, "none");
        for field in ["shown", "gain", "log_probability"] {
            assert_eq!(none[field], 0.0, "{split} {field}");
        }
        assert_eq!(none["harmed"], 0);
        assert_eq!(row(split, "another project's")["shown"], 1.0);
        assert_eq!(row(split, "similar-recent")["shown"], 1.0);
    }
    assert_eq!(row("alias", "oracle")["disclosed"], 1.0);
    assert_eq!(row("alias", "outdated")["disclosed"], 1.0);
    assert_eq!(row("alias", "another project's")["disclosed"], 0.0);
    assert!(row("alias", "oracle")["log_probability"].as_f64().unwrap() != 0.0);
    assert!(told["plugins"]["falcon/none"].is_string());
    // One item is left, of one of the two projects, and the tasks of the other see nothing of theirs.
    let one = [
        "memory",
        "use",
        "--model",
        &model,
        "--limit",
        "16",
        "--samples",
        "1",
        "--memory-policy",
        "similar-recent",
        "--capacity",
        "1",
        "--json",
    ];
    let told = falcon(&one).expect(0).json();
    let rows = told["use"].as_array().unwrap();
    let found = rows
        .iter()
        .find(|row| row["split"] == "alias" && row["arm"] == "similar-recent");
    let shown = found.unwrap()["shown"].as_f64().unwrap();
    assert!(shown > 0.0 && shown <= 0.5, "{told}");
    let text = falcon(&[&used[..], &["--memory-policy", "none"]].concat())
        .expect(0)
        .stdout;
    for word in ["harm %", "nats", "oracle"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}
