//! What comes after training: a model evaluated, memories looked into.

use serde_json::{Value, json};

use crate::falcon::{Folder, falcon, fixture};

/// A series of two tiny runs.
fn series(folder: &Folder) -> String {
    let out = folder.path("series");
    let config = fixture("tiny.toml");
    let train = ["train", "--config", &config, "--seeds", "2", "--out", &out];
    falcon(&train).expect(0);
    out
}

#[test]
fn a_trained_model_is_evaluated_with_and_without_memory() {
    let folder = Folder::new();
    let series = series(&folder);
    let model = format!("{series}/seed-1/model");
    let alias = |memory: &[&str]| {
        let eval = ["eval", "--model", &model, "--split", "alias", "--json"];
        // Neither a multiple of a project's tasks nor enough samples for pass@8.
        let sizes = ["--limit", "10", "--samples", "3"];
        falcon(&[&eval[..], &sizes, memory].concat())
            .expect(0)
            .json()
    };
    let alone = alias(&[]);
    assert_eq!(alone["eval"][0]["memory"], "none");
    assert!(alone["plugins"].get("falcon/similar-recent").is_none());
    let run = format!("{series}/seed-0");
    let memory = format!("{series}/seed-0/memory/evaluation");
    let remembering = [&series, &run, &memory].map(|place| alias(&["--memory", place]));
    for told in &remembering {
        assert_eq!(told["eval"][0]["memory"], "ltm");
        assert!(told["plugins"]["falcon/similar-recent"].is_string());
        assert_eq!(told["eval"], remembering[0]["eval"]);
    }
    for told in remembering.iter().chain([&alone]) {
        let row = &told["eval"][0];
        assert_eq!((&row["tasks"], &row["samples"]), (&json!(10), &json!(3)));
        assert!(row["pass@1"].is_f64() && row["pass@3"].is_f64(), "{row}");
        assert!(!row.to_string().contains("8\""), "{row}");
    }

    let tasks = fixture("tasks.jsonl");
    let benchmark = [
        "eval",
        "--model",
        &model,
        "--tasks",
        &tasks,
        "--format",
        "humaneval",
    ];
    let ended = falcon(&[&benchmark[..], &["--samples", "2"]].concat()).expect(0);
    assert!(
        ended.stdout.contains("2 tasks × 2 samples: pass@1"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("pass@2"), "{}", ended.stdout);
    let told = falcon(&[&benchmark[..], &["--json"]].concat())
        .expect(0)
        .json();
    assert_eq!(told["by_task"][1][0], "Own/1");
    assert!(told["pass@8"].is_f64(), "{told}");

    let text = falcon(&["eval", "--model", &model, "--limit", "8", "--samples", "2"]).expect(0);
    for word in [
        "iid",
        "composition",
        "alias",
        "ambiguous",
        "pass@2 %",
        "8×2",
    ] {
        assert!(text.stdout.contains(word), "{word}: {}", text.stdout);
    }
    eval_mistakes(&folder, &series, &model);
    statistics(&series);
}

fn eval_mistakes(folder: &Folder, series: &str, model: &str) {
    let broken = folder.path("broken");
    std::fs::create_dir(&broken).unwrap();
    folder.write("broken/model.safetensors", "these are no weights");
    let run = format!("{series}/seed-0");
    let empty = folder.path("nothing");
    std::fs::create_dir(&empty).unwrap();
    let rust = r#"{"id": "r", "language": "rust", "prompt": "", "tests": {"stdio": [{"input": "", "expected": ""}]}}"#;
    let rust = folder.write("rust.jsonl", rust);
    let before = folder.names();
    for (arguments, words) in [
        (
            &["eval", "--model", &run][..],
            &["--model", "seed-0/model"][..],
        ),
        (&["eval", "--model", &empty], &["nothing", "no model"]),
        (&["eval", "--model", &broken], &["model.safetensors"]),
        (
            &["train", "--warm-start", &broken, "--out", "never"],
            &["model.safetensors"],
        ),
        (
            &["train", "--warm-start", &empty, "--out", "never"],
            &["model.safetensors"],
        ),
        (
            &["train", "--warm-start", model, "--phase", "warm-start"],
            &["--warm-start", "--phase"],
        ),
        (
            &["eval", "--model", model, "--memory", &empty],
            &["nothing", "memory"],
        ),
        (
            &[
                "eval", "--model", model, "--tasks", &rust, "--format", "falcon",
            ],
            // Tasks are run in their own language.
            &["falcon/rust"],
        ),
    ] {
        falcon(arguments).expect(2).saying(words);
        assert_eq!(folder.names(), before);
    }
}

fn statistics(series: &str) {
    let read = |place: &str| {
        falcon(&["memory", "stats", place, "--json"])
            .expect(0)
            .json()
    };
    let run = format!("{series}/seed-1");
    let one = read(&format!("{run}/memory/train"));
    assert!(one["items"].as_u64().unwrap() > 0 && one["guarded"].as_u64().unwrap() > 0);
    let of_run = read(&run);
    let of_series = read(series);
    let count = |told: &Value| told["memories"].as_array().unwrap().len();
    assert_eq!((count(&of_run), count(&of_series)), (2, 4));
    assert_eq!(of_run["memories"][1], one);
    let text = falcon(&["memory", "stats", &run]).expect(0).stdout;
    for word in [
        "memory/evaluation",
        "memory/train",
        "refused",
        "guarded",
        "version",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let model = format!("{run}/model");
    falcon(&["memory", "stats", &model])
        .expect(2)
        .saying(&["model", "memory"]);
}
