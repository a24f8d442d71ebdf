//! Training runs that are killed end as if nothing had happened.

use std::{
    fs,
    path::Path,
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use crate::falcon::{Folder, command, falcon, fixture, plugins, renamed, signal};

/// Result digest of an undisturbed tiny run, and how long it took.
fn undisturbed(folder: &Folder, config: &str) -> (String, Duration) {
    let out = folder.path("whole");
    let began = Instant::now();
    let told = falcon(&[
        "train", "--config", config, "--seed", "5", "--out", &out, "--json",
    ])
    .expect(0)
    .json();
    let digest = told["result_digest"].as_str().unwrap().to_owned();
    for file in [
        "report.json",
        "report.html",
        "picture.svg",
        "episodes.jsonl",
        "model/model.safetensors",
    ] {
        assert!(Path::new(&out).join(file).is_file(), "{file} is missing");
    }
    let page = fs::read_to_string(format!("{out}/report.html")).unwrap();
    assert!(page.contains(&digest) && page.contains("--seed 5"));
    // A finished run says its result again and does nothing else: its report stays, byte for byte.
    let report = fs::read(format!("{out}/report.json")).unwrap();
    let again = falcon(&["train", "--resume", &out, "--json"])
        .expect(0)
        .json();
    assert_eq!(again, told);
    assert!(fs::read(format!("{out}/report.json")).unwrap() == report);
    // And is never written over.
    falcon(&["train", "--config", config, "--out", &out])
        .expect(2)
        .saying(&["holds a run already", "--resume"]);
    (digest, began.elapsed())
}

#[test]
fn a_killed_run_resumes_to_the_same_result() {
    let folder = Folder::new();
    let config = fixture("tiny.toml");
    let (wanted, took) = undisturbed(&folder, &config);
    let out = folder.path("killed");
    let arguments = ["train", "--config", &config, "--seed", "5", "--out", &out];
    let mut child = command(&arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut kills = 0;
    // Each life is a little longer than the one before, so that kills fall into every phase.
    for life in 2..40 {
        let end = Instant::now() + took * life / 20;
        while Instant::now() < end && child.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(5));
        }
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        child = command(go_on(&out, &arguments, &["train", "--resume", &out]))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
    }
    assert!(child.wait().unwrap().success());
    assert!(kills >= 2, "killed {kills} times only");
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(format!("{out}/report.json")).unwrap()).unwrap();
    assert_eq!(
        report["result_digest"],
        wanted.as_str(),
        "after {kills} kills"
    );
}

/// From the first file on a folder goes on; before it the same command begins anew.
fn go_on<'a>(out: &str, begin: &'a [&'a str], resume: &'a [&'a str]) -> &'a [&'a str] {
    if Path::new(out).join("start.json").is_file() {
        resume
    } else {
        begin
    }
}

#[test]
fn a_run_killed_before_its_first_checkpoint_begins_anew() {
    let folder = Folder::new();
    let config = fixture("tiny.toml");
    let (wanted, _) = undisturbed(&folder, &config);
    let out = folder.path("early");
    let begin = ["train", "--config", &config, "--seed", "5", "--out", &out];
    let resume = ["train", "--resume", &out, "--json"];
    // Killed as soon as each of these is there; the last is what a kill between the making of the
    // folder and the writing of the file leaves.
    for place in ["", "start.json", "memory", "checkpoint"] {
        let mut child = command(go_on(&out, &begin, &resume))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !Path::new(&out).join(place).exists() && child.try_wait().unwrap().is_none() {}
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let checkpoint = Path::new(&out).join("checkpoint");
    let _ = fs::remove_file(checkpoint.join("state.safetensors"));
    assert!(checkpoint.is_dir());
    falcon(&begin)
        .expect(2)
        .saying(&["holds a run already", "--resume"]);
    let told = falcon(&resume).expect(0).json();
    assert_eq!(told["result_digest"], wanted.as_str());
}

#[test]
fn a_run_goes_on_with_the_plugins_it_was_begun_with() {
    let folder = Folder::new();
    let config = fixture("tiny.toml");
    let own = folder.path("plugins");
    fs::create_dir(&own).unwrap();
    for name in [
        "falcon-python",
        "falcon-unit-tests",
        "falcon-similar-recent",
    ] {
        let file = format!("{name}.wasm");
        fs::copy(plugins().join(&file), Path::new(&own).join(file)).unwrap();
    }
    for (out, seeds) in [("single", None), ("series", Some("2"))] {
        let out = folder.path(out);
        let mut begin = vec!["train", "--config", &config, "--out", &out];
        begin.extend(seeds.iter().flat_map(|count| ["--seeds", count]));
        let mut child = command(&begin)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !Path::new(&out).join("start.json").is_file() {
            assert!(child.try_wait().unwrap().is_none());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // As if it had been killed before it kept its policy.
        for run in [out.clone(), format!("{out}/seed-0")] {
            let _ = fs::remove_dir_all(format!("{run}/memory-policy"));
        }

        let policy = Path::new(&own).join("falcon-similar-recent.wasm");
        let whole = fs::read(plugins().join("falcon-similar-recent.wasm")).unwrap();
        fs::write(&policy, renamed(&whole)).unwrap();
        let inspect = |file: &Path| {
            let told = falcon(&["plugin", "inspect", file.to_str().unwrap(), "--json"]);
            told.expect(0).json()["digest"].as_str().unwrap().to_owned()
        };
        let (then, now) = (
            inspect(&plugins().join("falcon-similar-recent.wasm")),
            inspect(&policy),
        );
        falcon(&["train", "--resume", &out, "--plugins", &own])
            .expect(2)
            .saying(&["falcon/similar-recent", &then, &now, "--plugins"]);
        fs::write(&policy, whole).unwrap();
        falcon(&["train", "--resume", &out, "--plugins", &own]).expect(0);
    }
}

#[test]
fn ctrl_c_stops_at_a_step_and_says_how_to_go_on() {
    let folder = Folder::new();
    let config = fixture("tiny.toml");
    let out = folder.path("run");
    let mut child = command(&["train", "--config", &config, "--out", &out])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !Path::new(&out).join("checkpoint").is_dir() && child.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(5));
    }
    signal(&child, "INT");
    let ended = crate::falcon::Ended::from(child.wait_with_output().unwrap());
    ended
        .expect(130)
        .saying(&["stopped in", "falcon train --resume"]);
    falcon(&["train", "--resume", &out]).expect(0);
}

#[test]
fn what_cannot_be_trained_is_said_before_anything_is_written() {
    let folder = Folder::new();
    let broken = folder.write("broken.toml", "name = \"x\"\nno_such_field = 1\n");
    let before = folder.names();
    let out = folder.path("run");
    for (arguments, words) in [
        (
            &["--config", &broken, "--out", &out][..],
            &["broken.toml:2", "no_such_field"][..],
        ),
        (
            &["--config", &folder.path("absent.toml"), "--out", &out],
            &["absent.toml"],
        ),
        (
            &["--resume", &folder.path("absent")],
            &["absent", "no such folder"],
        ),
        (&["--resume", &folder.path(".")], &["start.json"]),
    ] {
        falcon(&[&["train"], arguments].concat())
            .expect(2)
            .saying(words);
        assert_eq!(folder.names(), before);
    }
}

#[test]
fn several_seeds_are_pooled() {
    let folder = Folder::new();
    let config = fixture("tiny.toml");
    let out = folder.path("series");
    let told = falcon(&[
        "train", "--config", &config, "--seeds", "2", "--out", &out, "--json",
    ])
    .expect(0)
    .json();
    assert_eq!(told["seeds"], serde_json::json!([0, 1]));
    for file in [
        "report.json",
        "report.html",
        "seed-0/report.html",
        "seed-1/report.json",
    ] {
        assert!(Path::new(&out).join(file).is_file(), "{file} is missing");
    }
    let report = || fs::read(format!("{out}/report.json")).unwrap();
    let before = report();
    let again = falcon(&["train", "--resume", &out, "--json"])
        .expect(0)
        .json();
    assert_eq!(again, told);
    assert!(report() == before);
}
