use std::{collections::BTreeSet, fs, process::Command};

use serde_json::Value;

use crate::falcon::{Ended, Folder, falcon, fixture, plugins};

const FORMS: [&str; 3] = [
    "fresh run",
    "calls, one instance",
    "test program, two instances",
];

fn bench(more: &[&str]) -> Ended {
    falcon(&[&["bench", "sandbox", "--time", "30ms"], more].concat())
}

fn installed(program: &str, argument: &str) -> bool {
    let asked = Command::new(program).arg(argument).output();
    asked.is_ok_and(|output| output.status.success())
}

/// Language, what is done, and where.
fn names(all: &Value) -> BTreeSet<[String; 3]> {
    let text = |one: &Value, of: &str| one[of].as_str().unwrap().to_owned();
    let name = |one| ["language", "what", "place"].map(|of| text(one, of));
    all.as_array().unwrap().iter().map(name).collect()
}

/// Figures are counted, positive, and in their order.
fn sound(all: &Value, count: &str, ordered: &[&str]) {
    for one in all.as_array().unwrap() {
        assert!(one[count].as_u64().unwrap() > 0, "{one}");
        let figures: Vec<_> = ordered
            .iter()
            .map(|name| one[name].as_f64().unwrap())
            .collect();
        assert!(figures[0] > 0.0 && figures.is_sorted(), "{one}");
    }
}

#[test]
fn each_language_is_measured_in_each_place() {
    let folder = Folder::new();
    let svg = folder.path("bench.svg");
    let languages = ["python", "javascript", "lua"];
    let asked = languages.iter().flat_map(|name| ["--language", name]);
    let more: Vec<_> = ["--json", "--svg", &svg].into_iter().chain(asked).collect();
    let told = bench(&more).expect(0).json();

    sound(&told["latency"], "runs", &["min_ms", "p50_ms", "p99_ms"]);
    sound(&told["throughput"], "runs", &["p50_ms", "p99_ms"]);
    sound(&told["throughput"], "workers", &["per_second"]);
    let (once, rated) = (names(&told["latency"]), names(&told["throughput"]));
    assert_eq!(once, rated);
    for language in languages {
        for what in FORMS {
            for place in ["in-process", "worker"] {
                let name = [language, what, place].map(str::to_owned);
                assert!(once.contains(&name), "{name:?} of {once:?}");
            }
        }
    }
    let native = |what: &str| once.iter().any(|name| name[1] == what);
    for (program, ask, what) in [
        ("python3", "--version", "python3 -I -S, task"),
        ("python3", "--version", "usual harness, a fork each"),
        ("python3", "--version", "usual harness, a manager each"),
        ("node", "--version", "node, task"),
        ("lua", "-v", "lua, task"),
    ] {
        assert_eq!(native(what), installed(program, ask), "{what}");
    }
    let counts: BTreeSet<_> = told["throughput"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["workers"].as_u64().unwrap())
        .collect();
    assert!(counts.is_superset(&BTreeSet::from([1, 2])), "{counts:?}");

    let walls = told["walls"].as_array().unwrap();
    assert_eq!(walls.len(), 2 * languages.len(), "{walls:?}");
    assert!(walls.iter().all(|wall| wall["p50_ms"].is_f64()));
    let batches = told["batches"].as_array().unwrap();
    assert!(batches.len() >= 2 * languages.len(), "{batches:?}");
    sound(&told["batches"], "programs", &["min_s", "p50_s"]);
    sound(&told["batches"], "rounds", &["per_second"]);
    for of_language in batches.chunk_by(|a, b| a["language"] == b["language"]) {
        assert_eq!(of_language[0]["workers"], 1);
        assert_eq!(of_language[0]["scaling"], 1.0);
        assert!(of_language[1]["workers"].as_u64().unwrap() > 1);
    }
    assert!(told["suite"].is_null());
    assert!(told["plugins"]["falcon/lua"].is_string(), "{told}");
    let drawn = fs::read_to_string(&svg).unwrap();
    assert!(drawn.starts_with("<svg"));
    for language in languages {
        assert_eq!(drawn.matches(&format!(">{language}</text>")).count(), 1);
    }
}

#[test]
fn a_whole_file_is_graded_beside_the_usual_harness() {
    let tasks = fixture("tasks.jsonl");
    let more = ["--language", "python", "--tasks", &tasks];
    let told = bench(&[&more[..], &["--json"]].concat()).expect(0).json();
    let suite = &told["suite"];
    assert_eq!(
        (&suite["name"], &suite["programs"]),
        (&"tasks".into(), &2.into())
    );
    let graders = suite["graders"].as_array().unwrap();
    let harnesses = if installed("python3", "--version") {
        2
    } else {
        0
    };
    assert_eq!(graders.len(), 3 + harnesses, "{graders:?}");
    let alone = graders.iter().filter(|one| one["workers"] == 1);
    assert!(alone.count() >= 1, "{graders:?}");
    sound(&suite["graders"], "rounds", &["min_s", "p50_s", "p99_s"]);
    sound(
        &suite["graders"],
        "passed",
        &["program_p50_ms", "program_p99_ms"],
    );
    for grader in graders {
        assert_eq!(grader["passed"], 2, "{grader}");
        for over in ["over_usual", "over_manager"] {
            assert_eq!(grader[over].is_f64(), harnesses > 0, "{grader}");
        }
    }
}

#[test]
fn without_workers_there_is_one_place() {
    // A folder with one pack: what is installed is what is measured.
    let folder = Folder::new();
    for name in ["falcon-lua.wasm", "falcon-unit-tests.wasm"] {
        fs::copy(plugins().join(name), folder.path(name)).unwrap();
    }
    let of = folder.path("");
    let ended = bench(&["--in-process", "--plugins", &of]).expect(0);
    for words in ["p99 ms", "cost of the", "second instance", FORMS[2]] {
        assert!(ended.stdout.contains(words), "{}", ended.stdout);
    }
    assert!(!ended.stdout.contains("worker"), "{}", ended.stdout);
    assert!(!ended.stdout.contains(" python "), "{}", ended.stdout);
}

#[test]
fn tasks_want_a_python_pack() {
    let tasks = fixture("tasks.jsonl");
    bench(&["--language", "lua", "--tasks", &tasks])
        .expect(2)
        .saying(&["the tasks are in Python", "add --language python"]);
}

#[test]
fn a_soak_meets_every_verdict_and_leaves_nothing_behind() {
    let folder = Folder::new();
    let picture = folder.path("soak.svg");
    let told = falcon(&[
        "bench",
        "soak",
        "--executions",
        "600",
        "--json",
        "--svg",
        &picture,
    ])
    .expect(0)
    .json();
    assert_eq!(told["programs"], 600);
    assert_eq!(told["attacks"], 12);
    assert_eq!(told["wrong"], serde_json::json!([]));
    // Of those that were drawn, not of those that are installed; a few of them are compiled.
    let languages = told["languages"].as_object().unwrap();
    let counts: Vec<_> = languages.values().map(|n| n.as_u64().unwrap()).collect();
    assert_eq!(counts.iter().sum::<u64>(), 600, "{languages:?}");
    assert_eq!((&languages["c"], &languages["cpp"]), (&1.into(), &1.into()));
    assert!(told["points"][0]["workers_mib"].as_f64().unwrap() > 1.0);
    assert!(
        std::fs::read_to_string(&picture)
            .unwrap()
            .contains("programs")
    );
}
