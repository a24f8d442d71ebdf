//! Judges that change while a run trains.

use std::{fs, path::Path, process::Stdio, thread::sleep, time::Duration};

use serde_json::Value;

use crate::falcon::{Folder, command, falcon, fixture, plugins, renamed};

/// The run's ledger.
fn ledger(out: &str) -> Vec<Value> {
    let text = fs::read_to_string(format!("{out}/judges/judges.jsonl")).unwrap_or_default();
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

/// Lets a run go on until something is so, and kills it then.
pub(crate) fn killed_when(arguments: &[&str], reached: impl Fn() -> bool) {
    let mut child = command(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !reached() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too soon");
        sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

#[test]
fn a_swap_is_in_the_ledger_and_a_killed_run_repeats_it() {
    let folder = Folder::new();
    let config = fixture("tiny.toml");
    let out = folder.path("run");
    let begin = ["train", "--config", &config, "--seed", "5", "--out", &out];
    let episodes = || fs::metadata(format!("{out}/episodes.jsonl")).map_or(0, |file| file.len());
    // Killed in reinforcement learning, where judges count.
    killed_when(&begin, || episodes() > 0);
    assert_eq!(ledger(&out).len(), 1);

    let judge = plugins().join("falcon-unit-tests.wasm");
    let other = folder.path("other.wasm");
    fs::write(&other, renamed(&fs::read(&judge).unwrap())).unwrap();
    let reward = folder.write(
        "reward.toml",
        "[[judge]]\nplugin = 'falcon/unit-tests'\nconfig = { failed = -0.1, slope = 1.0 }\n",
    );
    falcon(&["swap", &out, &other, "--reward", &reward]).expect(0);
    killed_when(&["train", "--resume", &out], || ledger(&out).len() == 2);

    // One goes on undisturbed. The other was killed after the swap too, and meanwhile somebody broke its reward.
    let twin = folder.path("twin");
    copy(Path::new(&out), Path::new(&twin));
    let told = falcon(&["train", "--resume", &twin, "--json"])
        .expect(0)
        .json();
    fs::write(format!("{out}/judges/reward.toml"), "no reward").unwrap();
    let ended = falcon(&["train", "--resume", &out, "--json"]).expect(0);
    let again = ended
        .saying(&["the judges stay as they are", "reward.toml:1"])
        .json();
    assert_eq!(again["result_digest"], told["result_digest"]);
    assert_eq!(ledger(&out), ledger(&twin));

    let entries = ledger(&out);
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["step"], 0);
    for what in ["reward", "judges"] {
        assert_ne!(entries[0][what], entries[1][what]);
    }
    // Each episode names the judge that its step had.
    let swapped = entries[1]["step"].as_u64().unwrap();
    let lines = fs::read_to_string(format!("{out}/episodes.jsonl")).unwrap();
    for line in lines.lines() {
        let episode: Value = serde_json::from_str(line).unwrap();
        let entry = usize::from(episode["step"].as_u64().unwrap() >= swapped);
        let wanted = &entries[entry]["judges"]["falcon/unit-tests"];
        assert_eq!(&episode["plugins"]["falcon/unit-tests"], wanted);
    }
    let report = fs::read(format!("{out}/report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["judges"], serde_json::json!(entries));
}

/// A folder of plugins of the test's own, which may change.
fn own_plugins(folder: &Folder) -> String {
    let own = folder.path("plugins");
    fs::create_dir(&own).unwrap();
    for name in ["python", "unit-tests", "similar-recent"] {
        let file = format!("falcon-{name}.wasm");
        fs::copy(plugins().join(&file), Path::new(&own).join(file)).unwrap();
    }
    own
}

#[test]
fn a_run_keeps_its_judges_whatever_becomes_of_the_plugins_folder() {
    let folder = Folder::new();
    let (config, out, own) = (
        fixture("tiny.toml"),
        folder.path("run"),
        own_plugins(&folder),
    );
    let begin = [
        "--plugins",
        &own,
        "train",
        "--config",
        &config,
        "--seed",
        "5",
        "--out",
        &out,
    ];
    let resume = ["--plugins", &own, "train", "--resume", &out];
    let episodes = || fs::metadata(format!("{out}/episodes.jsonl")).map_or(0, |file| file.len());
    killed_when(&begin, || episodes() > 0);
    let judge = Path::new(&own).join("falcon-unit-tests.wasm");
    fs::write(&judge, renamed(&fs::read(&judge).unwrap())).unwrap();
    falcon(&resume).expect(0);
    assert_eq!(ledger(&out).len(), 1);
}

#[test]
fn a_run_may_pin_its_judges() {
    let folder = Folder::new();
    let (config, out) = (fixture("tiny.toml"), folder.path("run"));
    let reward = folder.write(
        "reward.toml",
        "[[judge]]\nplugin = 'falcon/unit-tests@0.1'\n[[gate]]\njudge = 'falcon/unit-tests@0.1'\nat-least = 1.0\n",
    );
    falcon(&[
        "train", "--config", &config, "--out", &out, "--reward", &reward,
    ])
    .expect(0);
    let judges = &ledger(&out)[0]["judges"];
    assert!(judges["falcon/unit-tests@0.1"].is_string(), "{judges}");
}

#[test]
fn what_cannot_be_swapped_in_is_said() {
    let folder = Folder::new();
    let config = fixture("tiny.toml");
    let out = folder.path("run");
    falcon(&["swap", &out, "unit-tests"])
        .expect(2)
        .saying(&["has no run with judges"]);
    killed_when(&["train", "--config", &config, "--out", &out], || {
        !ledger(&out).is_empty()
    });
    let broken = folder.write("broken.toml", "[[judge]]\nplugin = 'a/b'\nweight = -1\n");
    for (arguments, words) in [
        (&["python"][..], &["is a language pack"][..]),
        (&["--reward", &broken], &["broken.toml:3", "-1"]),
        (&["nobody/has-it"], &["there is no plugin nobody/has-it"]),
        (&["style"], &["falcon/style", "none of the judges"]),
        (&[], &["--reward"]),
    ] {
        falcon(&[&["swap", &out], arguments].concat())
            .expect(2)
            .saying(words);
        assert_eq!(ledger(&out).len(), 1);
    }
    falcon(&["train", "--resume", &out]).expect(0);
    assert_eq!(ledger(&out).len(), 1);
}
