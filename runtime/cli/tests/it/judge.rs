//! Episodes that are done, scored again.

use serde_json::{Value, json};

use crate::falcon::{Folder, falcon};

/// One line of an episodes file.
fn episode(task: &str, verdict: &str) -> String {
    json!({
        "task_id": task, "language": "python", "prompt": "", "program": "def f(): pass", "attempt": 1,
        "diagnostics": [], "verdict": verdict, "scores": [], "reward": 7.5, "fuel": 0, "seconds": 0, "plugins": {},
        "tests": [{ "name": "1", "verdict": verdict, "message": "", "at": null, "got": null }],
    })
    .to_string()
}

#[test]
fn episodes_are_scored_by_the_reward_that_is_asked_for() {
    let folder = Folder::new();
    let text = ["passed", "failed", "infrastructure"].map(|verdict| episode(verdict, verdict));
    let file = folder.write("episodes.jsonl", text.join("\n"));
    let half = folder.write(
        "half.toml",
        "combine = 'sum'\n[[judge]]\nplugin = 'falcon/unit-tests'\nweight = 0.5\n",
    );
    for (reward, wanted) in [
        ("tests", [json!(1.0), json!(-0.3)]),
        (&half, [json!(0.5), json!(-0.15)]),
    ] {
        let ended = falcon(&["judge", "--episodes", &file, "--reward", reward]).expect(0);
        let lines = ended.saying(&["3 episodes", "1 not judged"]).lines();
        let rewards: Vec<&Value> = lines.iter().map(|line| &line["reward"]).collect();
        assert_eq!(rewards, [&wanted[0], &wanted[1], &Value::Null], "{reward}");
        assert_eq!(lines[2]["scores"], json!([]));
        assert_eq!(lines[0]["scores"][0]["judge"], "falcon/unit-tests");
    }
    let out = folder.path("judged.jsonl");
    let told = falcon(&["judge", "--episodes", &file, "--out", &out, "--json"]);
    let told = told.expect(0).json();
    assert_eq!(
        (&told["episodes"], &told["rewarded"]),
        (&json!(3), &json!(2))
    );
}

#[test]
fn what_is_graded_can_be_judged_again() {
    let folder = Folder::new();
    let (graded, episodes) = (folder.path("graded.jsonl"), folder.path("episodes.jsonl"));
    let tasks = folder.write(
        "tasks.jsonl",
        r#"{"id": "one", "prompt": "", "tests": {"calls": {"function": "f", "cases": [{"arguments": [], "expected": 1}]}}}"#,
    );
    let completions = folder.write(
        "completions.jsonl",
        "{\"task_id\": \"one\", \"completion\": \"def f(): return 1\"}\n{\"task_id\": \"one\", \"completion\": \"def f(): return 2\"}\n",
    );
    falcon(&[
        "grade",
        "--tasks",
        &tasks,
        "--format",
        "falcon",
        "--completions",
        &completions,
        "--out",
        &graded,
        "--episodes",
        &episodes,
    ])
    .expect(1);
    let lines = falcon(&["judge", "--episodes", &episodes])
        .expect(0)
        .lines();
    let graded = std::fs::read_to_string(graded).unwrap();
    for (judged, graded) in lines.iter().zip(graded.lines()) {
        let graded: Value = serde_json::from_str(graded).unwrap();
        for field in ["task_id", "verdict", "reward", "scores"] {
            assert_eq!(judged[field], graded[field]);
        }
    }
    assert_eq!(lines.len(), 2);
}

#[test]
fn mistakes_are_told_with_their_line() {
    let folder = Folder::new();
    let good = episode("a", "passed");
    for (text, words) in [
        (
            format!("{good}\n\n{{\"task_id\": 1}}\n"),
            &[
                "episodes.jsonl:3 is not an episode",
                "falcon grade --episodes",
            ][..],
        ),
        (String::new(), &["holds no episodes"]),
    ] {
        let file = folder.write("episodes.jsonl", &text);
        let out = folder.path("judged.jsonl");
        falcon(&["judge", "--episodes", &file, "--out", &out])
            .expect(2)
            .saying(words);
        assert!(!std::path::Path::new(&out).exists());
    }
    let file = folder.write("episodes.jsonl", &good);
    falcon(&["judge", "--episodes", &file, "--reward", "quality"])
        .expect(2)
        .saying(&["cannot read the reward quality", "tests-and-quality"]);
    falcon(&["judge", "--episodes", &folder.path("absent")])
        .expect(2)
        .saying(&["cannot read episodes"]);
}
