//! What memories are kept from, and what of a stranger's text people see.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    falcon::{Folder, falcon, fixture},
    swap::killed_when,
};

/// A line of `falcon memory import`, of a task that is nobody's.
fn line() -> Value {
    json!({
        "task_id": "mine", "behaviour": "feed01", "language": "python",
        "prompt": "what is mine", "program": "return 'mine'", "score": 1.0,
    })
}

#[test]
fn nothing_is_imported_that_a_resumption_would_drop() {
    let folder = Folder::new();
    let (config, out) = (fixture("tiny.toml"), folder.path("run"));
    let begin = ["train", "--config", &config, "--out", &out];
    let checkpoint = format!("{out}/checkpoint/state.safetensors");
    killed_when(&begin, || Path::new(&checkpoint).exists());
    let file = folder.write("items.jsonl", line().to_string());
    let train = format!("{out}/memory/train");
    // Also under another name of the same folder.
    for memory in [&train, &format!("{train}/../train")] {
        falcon(&["memory", "import", memory, &file])
            .expect(2)
            .saying(&["is not finished", "a folder of its own", "--resume"]);
    }
    falcon(&["memory", "import", &folder.path("own"), &file]).expect(0);
    falcon(&["train", "--resume", &out]).expect(0);
    let import = ["memory", "import", &train, &file, "--json"];
    let told = falcon(&import).expect(0).json();
    assert_eq!(told["entered"], 1, "{told}");
}

#[test]
fn no_control_character_of_an_item_reaches_the_terminal() {
    let folder = Folder::new();
    let memory = folder.path("memory");
    let mut item = line();
    for field in ["task_id", "family", "language", "prompt", "program"] {
        item[field] = json!(format!("\x1b[2J\u{9b}5m{field}\r\x07 of mine"));
    }
    let file = folder.write("items.jsonl", item.to_string());
    falcon(&["memory", "import", &memory, &file]).expect(0);
    let plain = |text: &str| !text.contains(|c: char| c.is_control() && c != '\n');
    let stats = falcon(&["memory", "stats", &memory]).expect(0).stdout;
    assert!(plain(&stats), "{stats:?}");
    assert!(stats.contains("5mfamily of mine 1"), "{stats}");
    assert!(stats.contains("5mlanguage of mine 1"), "{stats}");
    let found = falcon(&["memory", "search", &memory, "prompt of mine"]);
    let found = found.expect(0).stdout;
    assert!(plain(&found), "{found:?}");
    for field in ["task_id", "prompt", "program"] {
        assert!(found.contains(&format!("5m{field} of mine")), "{found}");
    }

    // As one that a run keeps from an evaluation task: who gave it away is told as it is written, between quotes.
    fs::write(format!("{memory}/guard.json"), r#"["feed02"]"#).unwrap();
    item["behaviour"] = json!("\x1bfeed\u{9b}02");
    let file = folder.write("leaking.jsonl", item.to_string());
    let refused = falcon(&["memory", "import", &memory, &file]).expect(2);
    assert!(plain(&refused.stderr), "{:?}", refused.stderr);
    refused.saying(&["by its behaviour", r#"behaviour "\u{1b}feed\u{9b}02""#]);
}

/// Under another id and in words of its own, as a model or a stranger may have brought it in.
#[test]
fn a_memory_that_solves_what_is_evaluated_is_refused() {
    let folder = Folder::new();
    let (config, out) = (fixture("tiny.toml"), folder.path("run"));
    let begin = [
        "train",
        "--config",
        &config,
        "--phase",
        "warm-start",
        "--out",
        &out,
    ];
    falcon(&begin).expect(0);
    let tasks = folder.path("tasks.jsonl");
    falcon(&["tasks", "export", "--set", "iid", "--count", "8", &tasks]).expect(0);
    let tasks = fs::read_to_string(&tasks).unwrap();
    let task: Value = serde_json::from_str(tasks.lines().next().unwrap()).unwrap();
    let text = |field: &str| task[field].as_str().unwrap().to_owned();
    let mut item = line();
    item["program"] = json!(text("prefix") + &text("reference"));
    let file = folder.write("items.jsonl", item.to_string());
    // Nobody has kept it from anything yet.
    let memory = folder.path("memory");
    falcon(&["memory", "import", &memory, &file]).expect(0);
    let model = format!("{out}/model");
    let eval = |split: &str, limit: &str| {
        falcon(&[
            "eval",
            "--model",
            &model,
            "--memory",
            &memory,
            "--samples",
            "1",
            "--split",
            split,
            "--limit",
            limit,
        ])
    };
    eval("iid", "8")
        .expect(2)
        .saying(&["\"mine\"", "by its program", "another memory folder"]);
    // What is not evaluated is not leaked.
    eval("alias", "8").expect(0);
}
