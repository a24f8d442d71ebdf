//! Judges of two tracks of the interface in one training run.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    falcon::{Folder, falcon, fixture},
    swap::{ledger, own_plugins},
};

/// A judge of 0.1 as it was released, under a name of its own, and the same judge of today on 0.2.
const JUDGES: [&str; 2] = ["falcon/released-0-1", "falcon/unit-tests"];

#[test]
fn a_released_judge_and_one_of_today_judge_the_same_run() {
    let folder = Folder::new();
    let (config, out, own) = (
        fixture("tiny.toml"),
        folder.path("run"),
        own_plugins(&folder),
    );
    let released = fixture("../../../../tests/fixtures/plugins/judge-0.1.wasm");
    fs::copy(released, Path::new(&own).join("released.wasm")).unwrap();
    let reward = JUDGES.map(|name| format!("[[judge]]\nplugin = '{name}'\n"));
    let reward = folder.write("reward.toml", reward.concat());
    falcon(&[
        "--plugins",
        &own,
        "train",
        "--config",
        &config,
        "--out",
        &out,
        "--reward",
        &reward,
    ])
    .expect(0);

    let entries = ledger(&out);
    assert_eq!(entries.len(), 1);
    let digests = JUDGES.map(|name| entries[0]["judges"][name].as_str().unwrap());
    assert_ne!(digests[0], digests[1]);
    let lines = fs::read_to_string(format!("{out}/episodes.jsonl")).unwrap();
    assert!(!lines.is_empty());
    for line in lines.lines() {
        let episode: Value = serde_json::from_str(line).unwrap();
        let scores = episode["scores"].as_array().unwrap();
        assert_eq!(scores.len(), 2, "{episode}");
        for ((score, name), digest) in scores.iter().zip(JUDGES).zip(digests) {
            assert_eq!(score["judge"], name);
            assert_eq!(score["digest"], digest);
            assert_eq!(episode["plugins"][name], digest);
        }
        for what in ["score", "parts"] {
            assert_eq!(scores[0][what], scores[1][what], "{episode}");
        }
        assert!(scores[0]["score"].is_number(), "{episode}");
        assert_eq!(episode["reward"], scores[0]["score"]);
    }

    // What judging took is told apart from what running programs took.
    let report = fs::read(format!("{out}/report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    for part in ["judging", "grading"] {
        let mut parts = report["parts"].as_array().unwrap().iter();
        let took = parts.find(|one| one["name"] == part).unwrap();
        let seconds = |what: &str| took[what].as_f64().unwrap();
        assert!(
            seconds("seconds") + seconds("hidden_seconds") > 0.0,
            "{took}"
        );
    }
}
