use serde_json::json;

use crate::falcon::{Ended, Folder, falcon, fixture};

fn grade(folder: &Folder, completions: &[(&str, &str)], more: &[&str]) -> Ended {
    let lines: String = completions
        .iter()
        .map(|(id, text)| json!({"task_id": id, "completion": text}).to_string() + "\n")
        .collect();
    let file = folder.write("completions.jsonl", lines);
    let tasks = fixture("tasks.jsonl");
    let mut arguments = vec![
        "grade",
        "--tasks",
        &tasks,
        "--format",
        "humaneval",
        "--completions",
        &file,
    ];
    arguments.extend(more);
    falcon(&arguments)
}

const RIGHT: [(&str, &str); 2] = [
    ("Own/0", "    return 2 * x\n"),
    ("Own/1", "    return s.upper()\n"),
];

#[test]
fn right_completions_pass_in_order() {
    let folder = Folder::new();
    let ended = grade(&folder, &RIGHT, &[])
        .expect(0)
        .saying(&["2/2 completions passed", "pass@1 100.0 %"]);
    let lines = ended.lines();
    let ids: Vec<_> = lines
        .iter()
        .map(|line| line["task_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["Own/0", "Own/1"]);
    for line in lines {
        assert_eq!(line["passed"], true);
        assert_eq!(line["verdict"], "passed");
        assert!(line["reward"].as_f64().unwrap() > 0.99);
        assert!(line["fuel"].as_u64().unwrap() > 0);
        assert!(line["seconds"].as_f64().unwrap() > 0.0);
        assert!(
            line["plugins"]["falcon/python"]
                .as_str()
                .unwrap()
                .starts_with("sha256:")
        );
        for key in ["name", "passed", "verdict", "message", "line"] {
            assert!(
                line["tests"][0].get(key).is_some(),
                "tests have no {key}: {line}"
            );
        }
    }
}

#[test]
fn one_wrong_completion_makes_the_answer_no() {
    let folder = Folder::new();
    for (wrong, verdict) in [
        ("    return x\n", "failed"),
        ("    return 1 / 0\n", "runtime-error"),
        ("    return (\n", "compile-error"),
        ("    while True: pass\n", "out-of-fuel"),
        ("    import sys; sys.exit(0)\n", "runtime-error"),
    ] {
        let lines = grade(&folder, &[("Own/0", wrong), RIGHT[1]], &[])
            .expect(1)
            .lines();
        assert_eq!(
            (lines[0]["verdict"].as_str(), lines[1]["verdict"].as_str()),
            (Some(verdict), Some("passed")),
            "{wrong}"
        );
        assert_eq!(lines[0]["passed"], false);
    }
}

#[test]
fn several_lines_for_a_task_are_samples() {
    let folder = Folder::new();
    let samples = [RIGHT[0], ("Own/0", "    return 0\n"), RIGHT[0], RIGHT[0]];
    let out = folder.path("graded.jsonl");
    let ended = grade(&folder, &samples, &["--json", "--jobs", "2", "--out", &out]).expect(1);
    let summary = ended.json();
    assert_eq!(summary["completions"], 4);
    assert_eq!(summary["passed"], 3);
    assert_eq!(summary["pass@1"], 0.75);
    assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), 4);
    assert_eq!(folder.names(), ["completions.jsonl", "graded.jsonl"]);
}

#[test]
fn grading_is_deterministic_but_for_seconds() {
    let folder = Folder::new();
    let graded = |jobs| {
        let mut lines = grade(&folder, &RIGHT, &["--jobs", jobs]).expect(0).lines();
        for line in &mut lines {
            line.as_object_mut().unwrap().remove("seconds");
        }
        lines
    };
    assert_eq!(graded("1"), graded("2"));
}
