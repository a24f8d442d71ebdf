//! `falcon experiment`: the real binary, with real plugins.

use std::{
    fs,
    io::Read as _,
    ops::Range,
    path::Path,
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    falcon::{Ended, Folder, command, falcon, fixture, signal},
    tasks::RECIPE,
};

/// Arms over the tiny recipe. The base is a file beside the experiment's.
const TEXT: &str = r#"name = "arms"
base = "tiny.toml"
seeds = [1]
draws = 200

[overlay.evaluation]
before = false
continued = false

[[arms]]
name = "a0"
of = "warm-start"
row = "before"

[[arms]]
name = "a1"
title = "No memories"
[arms.overlay.memory]
long_term = false
short_term = false

[[arms]]
name = "r2"
reward = "tests-and-quality"

[[contrasts]]
name = "rl"
claim = "Does reinforcement help?"
split = "iid"
with = "a1"
without = "a0"
primary = true

[[contrasts]]
name = "quality"
claim = "Does quality?"
split = "ambiguous"
with = "r2/stm"
without = "a1/resample"
"#;

fn experiment(folder: &Folder, text: &str) -> String {
    folder.write("tiny.toml", fs::read(fixture("tiny.toml")).unwrap());
    folder.write("arms.toml", text)
}

#[test]
fn an_experiment_that_is_killed_and_stopped_ends_in_the_same_report() {
    let folder = Folder::new();
    let file = experiment(&folder, TEXT);
    let (whole, pieces) = (folder.path("whole"), folder.path("pieces"));
    let began = Instant::now();
    let told = falcon(&["experiment", "run", &file, "--out", &whole, "--json"])
        .expect(0)
        .json();
    let took = began.elapsed();
    assert_eq!(told["answers"].as_array().unwrap().len(), 2);
    assert_eq!(told["missing"].as_array().unwrap().len(), 0);
    let page = fs::read_to_string(format!("{whole}/report.html")).unwrap();
    for wanted in [
        "Does reinforcement help?",
        "falcon experiment run",
        "No memories",
    ] {
        assert!(page.contains(wanted), "{wanted}");
    }

    let arguments = ["experiment", "run", &file, "--out", &pieces];
    let mut stops = 0;
    for life in 2..40 {
        let mut child = command(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let end = Instant::now() + took * life / 10;
        while Instant::now() < end && child.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(5));
        }
        if let Some(status) = child.try_wait().unwrap() {
            let mut said = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut said)
                .unwrap();
            assert!(status.success(), "{said}");
            break;
        }
        // Killed, and asked to stop, in turn.
        if life % 2 == 0 {
            child.kill().unwrap();
            child.wait().unwrap();
        } else {
            signal(&child, "INT");
            assert_eq!(child.wait().unwrap().code(), Some(130));
        }
        stops += 1;
    }
    assert!(stops >= 2, "stopped {stops} times only");
    let again = falcon(&["experiment", "report", &pieces, "--json"])
        .expect(0)
        .json();
    assert_eq!(again["result_digest"], told["result_digest"]);
    assert_eq!(again["answers"], told["answers"]);

    // Two processes at once come to the same.
    let shared = folder.path("shared");
    let together = ["experiment", "run", &file, "--out", &shared, "--jobs", "2"];
    let ran = falcon(&together).expect(0);
    assert_eq!(ran.stderr.matches(" took ").count(), 3, "{}", ran.stderr);
    let again = falcon(&["experiment", "report", &shared, "--json"])
        .expect(0)
        .json();
    assert_eq!(again["result_digest"], told["result_digest"]);

    a_run_that_fails_leaves_the_others(&file, &whole, &told["result_digest"]);

    // What is done is not done again, and what was changed is told with its arm.
    let changed = TEXT.replace(
        "name = \"r2\"",
        "name = \"r2\"\n[arms.overlay.rl]\nkept = 3\n[[arms]]\nname = \"r3\"",
    );
    let file = experiment(&folder, &changed);
    falcon(&["experiment", "run", &file, "--out", &whole])
        .expect(2)
        .saying(&["arm r2: it was changed since it was begun", "--out DIR"]);
}

/// Spoils the checkpoint of a run that is done but for its last file, and mends it again.
fn a_run_that_fails_leaves_the_others(file: &str, out: &str, digest: &Value) {
    let run = format!("{out}/runs/a1/seed-1");
    fs::remove_file(format!("{run}/picture.svg")).unwrap();
    fs::write(format!("{run}/checkpoint/state.safetensors"), "nothing").unwrap();
    let asked = ["experiment", "run", file, "--out", out, "--json"];
    let ended = falcon(&asked).expect(3).saying(&[
        "a1, seed 1: not made",
        "1 runs could not be made",
        "the same command tries them again",
    ]);
    let told = ended.json();
    assert_eq!(told["missing"][0], "a1 1", "{told}");
    assert_eq!(told["failed"][0]["arm"], "a1", "{told}");
    assert_eq!(told["answers"][0]["verdict"], "missing", "{told}");
    let page = fs::read_to_string(format!("{out}/report.html")).unwrap();
    assert!(page.contains("a1, seed 1, could not be made"));

    fs::remove_dir_all(run).unwrap();
    let told = falcon(&asked).expect(0).json();
    assert_eq!(&told["result_digest"], digest);
    assert_eq!(told["failed"].as_array().unwrap().len(), 0);
}

#[test]
fn the_smoke_preset_answers_every_question() {
    let folder = Folder::new();
    let out = folder.path("smoke");
    let asked = [
        "experiment",
        "run",
        "smoke",
        "--out",
        &out,
        "--jobs",
        "2",
        "--json",
    ];
    let told = falcon(&asked).expect(0).json();
    assert_eq!(told["missing"].as_array().unwrap().len(), 0, "{told}");
    let answers = told["answers"].as_array().unwrap();
    assert!(answers.len() >= 12);
    for answer in answers {
        assert_ne!(answer["verdict"], "missing", "{answer}");
        assert_eq!(answer["seeds"].as_array().unwrap().len(), 2, "{answer}");
    }
    let fresh = |name: &str| {
        let of = answers.iter().find(|one| one["contrast"]["name"] == name);
        of.unwrap()["tasks"].as_u64()
    };
    assert_eq!((fresh("rl"), fresh("rl-fresh")), (Some(16), Some(8)));

    // A difference is that of the results beside the report.
    let lines = fs::read_to_string(format!("{out}/results.jsonl")).unwrap();
    let rows: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["row"].clone())
        .collect();
    let rate = |arm: &str| {
        let is_it = |row: &&Value| {
            (&row["arm"], &row["split"], &row["memory"])
                == (&json!(arm), &json!("iid"), &json!("none"))
        };
        let passed = rows.iter().filter(is_it).flat_map(|row| {
            let counts = row["passed"].as_array().unwrap();
            counts.iter().map(|count| count.as_f64().unwrap())
        });
        passed.sum::<f64>() / (2.0 * 16.0 * 4.0)
    };
    let rl = answers
        .iter()
        .find(|one| one["contrast"]["name"] == "rl")
        .unwrap();
    let found = 100.0 * (rate("a1") - rate("a0"));
    assert!((found - rl["diff"].as_f64().unwrap()).abs() < 1e-9, "{rl}");
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let folder = Folder::new();
    let broken = TEXT.replace("long_term = false\nshort_term", "long_term = 3\nshort_term");
    let file = experiment(&folder, &broken);
    let out = folder.path("out");
    falcon(&["experiment", "run", &file, "--out", &out])
        .expect(2)
        .saying(&["arms.toml:19: arm a1: invalid type"]);
    falcon(&["experiment", "run", "papper"]).expect(2).saying(&[
        "there is no experiment \"papper\"",
        "paper",
        "smoke",
    ]);
    falcon(&["experiment", "report", &out])
        .expect(2)
        .saying(&["this folder holds no experiment"]);
    let unknown = TEXT.replace("tests-and-quality", "tests-and-joy");
    let file = experiment(&folder, &unknown);
    falcon(&["experiment", "run", &file, "--out", &out])
        .expect(2)
        .saying(&[
            "arm r2: cannot read the reward tests-and-joy",
            "tests-and-error-credit",
        ]);
    folder.write("taken", "");
    let taken = folder.path("");
    let file = experiment(&folder, TEXT);
    falcon(&["experiment", "run", &file, "--out", &taken])
        .expect(2)
        .saying(&["holds something else"]);
    let shown = falcon(&["experiment", "show", "smoke"]).expect(0);
    assert!(shown.stdout.contains("[[arms]]"));
}

/// Lines of tasks, each of which adds another number.
fn additions(numbers: Range<usize>) -> String {
    let line = |n: usize| {
        let case = |x: usize| json!({ "arguments": [x], "expected": x + n });
        let row = json!({
            "id": format!("add-{n}"), "prompt": format!("Add {n} to x."), "prefix": "def f(x):\n",
            "reference": format!("    return x + {n}\n"),
            "tests": { "calls": { "function": "f", "cases": [case(1), case(2), case(3)] } },
        });
        format!("{row}\n")
    };
    numbers.map(line).collect()
}

/// Files that a base recipe names are beside it, those of an overlay beside the experiment.
#[test]
fn a_base_recipe_in_another_folder_names_files_beside_it() {
    let folder = Folder::new();
    fs::create_dir(folder.path("recipes")).unwrap();
    folder.write("recipes/pool.jsonl", additions(0..30));
    folder.write("recipes/gold.jsonl", additions(0..30));
    folder.write("test.jsonl", additions(50..56));
    folder.write("recipes/files.toml", RECIPE);
    let file = folder.write(
        "files-of.toml",
        "name = \"files-of\"\nbase = \"recipes/files.toml\"\nseeds = [1]\n\
         [overlay.tasks.file]\ntest = \"test.jsonl\"\n\
         [[arms]]\nname = \"a1\"\n",
    );
    let out = folder.path("out");
    let asked = ["experiment", "run", &file, "--out", &out, "--time", "1ms"];
    falcon(&asked).expect(130).saying(&["the time is up"]);
    let plan = fs::read_to_string(format!("{out}/plan.json")).unwrap();
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let config = plan["warm_start"]["config"].as_str().unwrap();
    for name in ["recipes/pool.jsonl", "recipes/gold.jsonl", "test.jsonl"] {
        let wanted = folder.path(name);
        assert!(config.contains(&wanted), "{wanted}: {config}");
    }
    // What they hold is fixed.
    let files = plan["warm_start"]["task_files"].as_object().unwrap();
    assert_eq!(files.len(), 3, "{files:?}");
}

/// The shared warm start learns from what it is not measured on, and an arm with a larger share to be measured would be
/// measured on that.
#[test]
fn an_arm_is_not_measured_on_what_its_start_has_learnt() {
    let folder = Folder::new();
    folder.write("pool.jsonl", additions(0..60));
    folder.write("gold.jsonl", additions(0..60));
    folder.write("files.toml", RECIPE);
    let text = "name = \"shares\"\nbase = \"files.toml\"\nseeds = [1]\n\
         [[arms]]\nname = \"a1\"\n\
         [[arms]]\nname = \"a2\"\n\
         [arms.overlay.tasks.file]\ntest_share = 0.4\n";
    let out = folder.path("out");
    let run = |text: &str| {
        let file = folder.write("shares.toml", text);
        falcon(&["experiment", "run", &file, "--out", &out, "--time", "1ms"])
    };
    run(text).expect(2).saying(&[
        "shares.toml:7: arm a2: it is measured on other tasks than the model that it starts from",
        "from = \"own\"",
    ]);
    assert!(!Path::new(&out).exists());
    let own = text.replace("\"a2\"\n", "\"a2\"\nfrom = \"own\"\n");
    run(&own).expect(130).saying(&["the time is up"]);
}

#[test]
fn a_file_of_tasks_that_changes_stops_the_experiment() {
    let folder = Folder::new();
    folder.write("pool.jsonl", additions(0..30));
    folder.write("gold.jsonl", additions(0..30));
    folder.write("test.jsonl", additions(50..56));
    folder.write("files.toml", format!("{RECIPE}test = \"test.jsonl\"\n"));
    let file = folder.write(
        "files-of.toml",
        "name = \"files-of\"\nbase = \"files.toml\"\nseeds = [1, 2, 3]\n[[arms]]\nname = \"a1\"\n",
    );
    let out = folder.path("out");
    let mut child = command(&["experiment", "run", &file, "--out", &out])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // After the first of six runs; one that is at its beginning meanwhile may have looked at the file before.
    let first = format!("{out}/warm-starts/seed-1/report.json");
    while !Path::new(&first).is_file() && child.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(5));
    }
    let longer = folder.write("longer.jsonl", additions(0..31));
    fs::rename(longer, folder.path("pool.jsonl")).unwrap();
    let ended = Ended::from(child.wait_with_output().unwrap());
    let changed = format!(
        "{} changed since the experiment was planned",
        folder.path("pool.jsonl")
    );
    ended.expect(2).saying(&[&changed, "put it back"]);
    assert!(!Path::new(&format!("{out}/report.json")).exists());
}

#[test]
fn the_time_that_is_given_is_kept() {
    let folder = Folder::new();
    let file = experiment(&folder, TEXT);
    let out = folder.path("out");
    falcon(&["experiment", "run", &file, "--out", &out, "--time", "1ms"])
        .expect(130)
        .saying(&[
            "the time is up in warm-start, seed 1",
            "the same command goes on",
        ]);
}
