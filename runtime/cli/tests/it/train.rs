//! Training runs that are killed end as if nothing had happened.

use std::{
    fs,
    path::Path,
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use crate::falcon::{Folder, command, falcon, fixture};

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
    // A finished run says its result again and does nothing else.
    let again = falcon(&["train", "--resume", &out, "--json"])
        .expect(0)
        .json();
    assert_eq!(again["result_digest"], digest.as_str());
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
        assert!(!Path::new(&out).join("report.html").exists());
        let resume = ["train", "--resume", &out];
        let again: &[&str] = if Path::new(&out).join("checkpoint").is_dir() {
            &resume
        } else {
            &arguments
        };
        if again.len() > 3 {
            let _ = fs::remove_dir_all(&out);
        }
        child = command(again)
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
    let interrupted = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupted.unwrap().success());
    let ended = crate::falcon::Ended::from(child.wait_with_output().unwrap());
    ended
        .expect(1)
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
        (&["--resume", &folder.path(".")], &["no checkpoint"]),
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
}
