use serde_json::json;

use crate::falcon::{Ended, Folder, command, falcon, fixture, plugins, signal};

fn grade(folder: &Folder, completions: &[(&str, &str)], more: &[&str]) -> Ended {
    let lines: String = completions
        .iter()
        .map(|(id, text)| json!({"task_id": id, "completion": text}).to_string() + "\n")
        .collect();
    let file = folder.write("completions.jsonl", lines);
    let own = fixture("tasks.jsonl");
    let tasks = if more.contains(&"--tasks") {
        &[][..]
    } else {
        &["--tasks", &own]
    };
    let mut arguments = vec!["grade", "--format", "humaneval", "--completions", &file];
    arguments.extend(tasks);
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
        let score = &line["scores"][0];
        assert_eq!(
            (&score["judge"], &score["score"]),
            (&json!("falcon/unit-tests"), &line["reward"])
        );
        assert!(
            score["parts"].is_object() && score["notes"].is_array(),
            "{line}"
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

#[test]
fn a_fault_of_ours_is_in_no_rate() {
    let folder = Folder::new();
    // A test program that does not compile says nothing of a program.
    let mute = r#"{"task_id": "Own/2", "prompt": "def f():\n", "entry_point": "f", "canonical_solution": "    return 1\n", "test": "def check(:"}"#;
    let mut tasks = std::fs::read_to_string(fixture("tasks.jsonl")).unwrap();
    tasks += mute;
    let tasks = folder.write("tasks.jsonl", tasks);
    let completions = [
        RIGHT[0],
        ("Own/1", "    return s\n"),
        ("Own/2", "    return 1\n"),
    ];
    let ended = grade(
        &folder,
        &completions,
        &["--json", "--tasks", &tasks, "--out", "/dev/null"],
    )
    .expect(3)
    .saying(&["1 completions could not be graded"]);
    let summary = ended.json();
    assert_eq!(summary["pass@1"], 0.5);
    assert_eq!(
        (&summary["ungraded"], &summary["completions"]),
        (&json!(1), &json!(3))
    );
}

#[test]
fn tasks_are_in_the_pack_s_language() {
    let folder = Folder::new();
    let tasks = r#"{"id": "r", "language": "rust", "prompt": "", "tests": {"stdio": [{"input": "", "expected": ""}]}}"#;
    let tasks = folder.write("rust.jsonl", tasks);
    let completions = folder.write("c.jsonl", "{\"task_id\": \"r\", \"completion\": \"\"}");
    let before = folder.names();
    let out = folder.path("out.jsonl");
    let grade = [
        "grade",
        "--tasks",
        &tasks,
        "--format",
        "falcon",
        "--completions",
        &completions,
    ];
    falcon(&[&grade[..], &["--out", &out, "--language", "python"]].concat())
        .expect(2)
        .saying(&["rust.jsonl", "task r is in rust", "falcon/python", "python"]);
    falcon(&[&grade[..], &["--out", &out]].concat())
        .expect(2)
        .saying(&["there is no plugin falcon/rust", "falcon/python"]);
    assert_eq!(folder.names(), before);
}

/// A folder of plugins with the Python pack and a judge that does as it is told, and a reward file that tells it.
fn contrary(folder: &Folder, what: &str) -> [String; 4] {
    let config = format!("config = {{ do = \"{what}\", amount = 1 }}\n");
    let text = format!("[[judge]]\nplugin = \"falcon/contrary\"\n{config}");
    let reward = folder.write("reward.toml", text);
    let own = folder.path("plugins");
    std::fs::create_dir(&own).unwrap();
    for (from, name) in [("", "falcon-python.wasm"), ("test", "falcon-contrary.wasm")] {
        std::fs::copy(plugins().join(from).join(name), format!("{own}/{name}")).unwrap();
    }
    ["--reward".to_owned(), reward, "--plugins".to_owned(), own]
}

#[test]
fn a_judge_that_fails_is_a_fault_of_ours() {
    let folder = Folder::new();
    let [reward, file, plugins, own] = contrary(&folder, "error");
    let more = [
        &*reward,
        &file,
        &plugins,
        &own,
        "--grant",
        "falcon/contrary=log,clock,kv",
    ];
    let ended = grade(&folder, &RIGHT, &more).expect(3).saying(&[
        "2/2 completions passed",
        "2 without a reward: a judge failed",
        "2 completions have no reward",
        "it would not",
    ]);
    for line in ended.lines() {
        assert_eq!(
            (&line["verdict"], &line["reward"]),
            (&json!("passed"), &json!(null))
        );
        let failure = line["scores"][0]["failure"].as_str().unwrap();
        assert!(failure.contains("it would not"), "{failure}");
    }
    let json = [&more[..], &["--json", "--out", "/dev/null"]].concat();
    let summary = grade(&folder, &RIGHT, &json).expect(3).json();
    assert_eq!(
        (&summary["without_reward"], &summary["ungraded"]),
        (&json!(2), &json!(0))
    );
}

#[test]
fn a_judge_uses_what_it_was_granted() {
    let folder = Folder::new();
    let more = contrary(&folder, "log");
    let graded = |grants: &[&str]| {
        let more = more.each_ref().map(String::as_str);
        grade(&folder, &RIGHT[..1], &[&more[..], grants].concat())
    };
    for grants in [
        &[][..],
        &["--grant", "falcon/contrary=kv"],
        &["--grant", "acme/contrary=log,clock,kv"],
    ] {
        graded(grants).expect(2).saying(&[
            "falcon/contrary",
            "not granted",
            "--grant falcon/contrary=",
        ]);
    }
    let separately = [
        "--grant",
        "falcon/contrary=log",
        "--grant",
        "falcon/contrary=clock,kv",
    ];
    let ended = graded(&separately)
        .expect(0)
        .saying(&["falcon/contrary info: message 0"]);
    assert_eq!(ended.lines()[0]["scores"][0]["judge"], "falcon/contrary");
    for wrong in ["contrary=log", "falcon/contrary", "falcon/contrary=root"] {
        graded(&["--grant", wrong]).expect(2).saying(&["--grant"]);
    }
}

#[test]
fn a_signal_keeps_what_was_graded() {
    for name in ["INT", "TERM"] {
        let folder = Folder::new();
        // Each its own program, since the same one is graded once.
        let lines = (0..20_000).map(|n| {
            let completion = format!("    return 2 * x + 0 * {n}\n");
            json!({"task_id": "Own/0", "completion": completion}).to_string() + "\n"
        });
        let completions = folder.write("completions.jsonl", lines.collect::<String>());
        let (tasks, out) = (fixture("tasks.jsonl"), folder.path("out.jsonl"));
        let grade = ["grade", "--tasks", &tasks, "--format", "humaneval"];
        let files = ["--completions", &completions, "--out", &out];
        let mut child = command(&[&grade[..], &files].concat())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let begun = || {
            let part = folder
                .names()
                .into_iter()
                .find(|name| name.ends_with(".part"));
            part.is_some_and(|name| {
                std::fs::metadata(folder.path(&name)).is_ok_and(|m| m.len() > 0)
            })
        };
        while !begun() {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        }
        signal(&child, name);
        let ended = Ended::from(child.wait_with_output().unwrap());
        ended
            .expect(130)
            .saying(&["stopped after", "of 20000 completions", "out.jsonl.partial"]);
        assert_eq!(folder.names(), ["completions.jsonl", "out.jsonl.partial"]);
        let kept = std::fs::read_to_string(folder.path("out.jsonl.partial")).unwrap();
        assert!(kept.ends_with("}\n") && kept.lines().count() < 20_000);
    }
}
