//! Files of tasks: written, learnt from, measured.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::falcon::{Folder, falcon, fixture};

/// The tiny run, on files.
pub(crate) const RECIPE: &str = r#"
name = "files"
checkpoint_every = 2

[model]
width = 16
layers = 1
heads = 2
tokenizer = "bytes"
context = 1024
answer = 160

[warm_start]
batch = 4
warm_up = 2
check_every = 4
validation_tasks = 4
decay = 2
steps = 8

[rl]
steps = 3
drawn = 4
kept = 2
group = 3
warm_up = 1
anchor_rows = 2
replay_rows = 2
retries = 1

[memory]
budget = 256
admitted = 4

[evaluation]
samples = 2
draws = 200

[tasks.file]
train = "pool.jsonl"
gold = "gold.jsonl"
"#;

const ROWS: [&str; 7] = [
    "none",
    "ltm",
    "ltm-random",
    "stm",
    "stm-shuffled",
    "resample",
    "best-of-n",
];

fn export(folder: &Folder, set: &str, count: &str) {
    let file = folder.path(&format!("{set}.jsonl"));
    let told = falcon(&["tasks", "export", "--set", set, "--count", count, &file]);
    let text = told.expect(0).stdout;
    assert!(text.contains(&format!("{count} tasks in {file}")), "{text}");
}

fn report(out: &str) -> Value {
    let text = fs::read(format!("{out}/report.json")).expect("a report");
    serde_json::from_slice(&text).expect("JSON")
}

#[test]
fn a_model_is_trained_and_measured_on_files() {
    let folder = Folder::new();
    for (set, count) in [("gold", "16"), ("pool", "24"), ("iid", "6")] {
        export(&folder, set, count);
    }
    // Each task's own program passes both of its sets of tests.
    let read = |set: &str| fs::read_to_string(folder.path(&format!("{set}.jsonl"))).expect("lines");
    let solved = read("gold");
    let answers = solved.lines().map(|line| {
        let task: Value = serde_json::from_str(line).expect("JSON");
        let completion = task["reference"].as_str().expect("gold has a program");
        format!(
            "{}\n",
            json!({ "task_id": task["id"], "completion": completion })
        )
    });
    let answers = folder.write("answers.jsonl", answers.collect::<String>());
    let gold = folder.path("gold.jsonl");
    let grade = [
        "grade",
        "--tasks",
        &gold,
        "--format",
        "falcon",
        "--completions",
        &answers,
    ];
    falcon(&grade).expect(0);
    assert!(!read("pool").contains("\"reference\""));

    let recipe = folder.write("files.toml", format!("{RECIPE}test = \"iid.jsonl\"\n"));
    let out = folder.path("run");
    let train = ["train", "--config", &recipe, "--out", &out];
    let told = falcon(&[&train[..], &["--json"]].concat()).expect(0).json();
    let rows = told["eval"].as_array().expect("rows");
    assert!(
        rows.iter()
            .all(|row| row["split"] == "test" && row["tasks"] == 6)
    );
    for memory in ROWS {
        let found = rows
            .iter()
            .any(|row| row["when"] == "after" && row["memory"] == memory);
        assert!(found, "{memory}: {rows:?}");
    }
    let whole = report(&out);
    let roles: Vec<&Value> = whole["task_files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| &file["role"])
        .collect();
    assert_eq!(roles, ["train", "test", "gold"]);
    // Solved tasks that execution verified are in memory before any attempt.
    assert!(
        whole["memory"]["items"].as_u64() > Some(0),
        "{}",
        whole["memory"]
    );
    let page = fs::read_to_string(format!("{out}/report.html")).expect("a page");
    assert!(page.contains("Test tasks"));
    let again = falcon(&["train", "--resume", &out, "--json"])
        .expect(0)
        .json();
    assert_eq!(again["result_digest"], told["result_digest"]);

    let model = format!("{out}/model");
    for (tasks, format, count) in [
        (folder.path("iid.jsonl"), "falcon", 6),
        (fixture("tasks.jsonl"), "humaneval", 2),
    ] {
        let eval = [
            "eval", "--model", &model, "--tasks", &tasks, "--format", format,
        ];
        let told = falcon(&[&eval[..], &["--samples", "2", "--json"]].concat());
        let told = told.expect(0).json();
        assert_eq!(
            (&told["tasks"], &told["expressible"]),
            (&json!(count), &json!(1.0))
        );
    }
    falcon(&["eval", "--model", &model, "--split", "iid"])
        .expect(2)
        .saying(&["trained on files of tasks", "--tasks"]);
    a_benchmark_is_measured(&folder);
}

/// `HumanEval`'s tests are one program, of whose assertions an attempt is told some.
fn a_benchmark_is_measured(folder: &Folder) {
    let test = fixture("tasks.jsonl");
    let recipe = format!(
        "{RECIPE}test = {}\ntest_format = \"humaneval\"\n",
        json!(test)
    );
    let recipe = folder.write("benchmark.toml", recipe);
    let out = folder.path("benchmark");
    let train = [
        "train", "--config", &recipe, "--out", &out, "--phase", "measured", "--json",
    ];
    let told = falcon(&train).expect(0).json();
    let rows = told["eval"].as_array().expect("rows");
    let memories: Vec<&Value> = rows.iter().map(|row| &row["memory"]).collect();
    assert_eq!(memories, ROWS);
    assert!(rows.iter().all(|row| row["tasks"] == 2));
}

#[test]
fn what_is_measured_is_not_learnt_from() {
    let folder = Folder::new();
    for (set, count) in [("gold", "5"), ("pool", "30")] {
        export(&folder, set, count);
    }
    let leaky = folder.write("leaky.toml", format!("{RECIPE}test = \"pool.jsonl\"\n"));
    let absent = folder.write("absent.toml", RECIPE.replace("gold.jsonl", "none.jsonl"));
    let rust = "{\"id\": \"r\", \"language\": \"rust\", \"prompt\": \"p\", \"tests\": {\"stdio\": [{\"input\": \"\", \"expected\": \"\"}]}}\n";
    folder.write("rust.jsonl", rust);
    let mixed = folder.write("mixed.toml", format!("{RECIPE}test = \"rust.jsonl\"\n"));
    let before = folder.names();
    let out = folder.path("run");
    for (recipe, words) in [
        (
            &leaky,
            &[
                "pool.jsonl has 30 of the tasks that are measured",
                "pool.jsonl:1: task",
                "has the id of",
                "and 10 more",
            ][..],
        ),
        (&absent, &["none.jsonl", "No such file"]),
        (&mixed, &["tasks are in one language", "rust"]),
    ] {
        falcon(&["train", "--config", recipe, "--out", &out])
            .expect(2)
            .saying(words);
        assert_eq!(folder.names(), before);
        assert!(!Path::new(&out).exists());
    }
}
