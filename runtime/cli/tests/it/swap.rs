//! Judges that change while a run trains.

use std::{
    fs::{self, DirEntry, File},
    path::Path,
    process::{Child, Stdio},
    thread::sleep,
    time::Duration,
};

use serde_json::Value;

use crate::falcon::{Ended, Folder, command, falcon, fixture, plugins, renamed, signal};

/// The run's ledger.
pub(crate) fn ledger(out: &str) -> Vec<Value> {
    let text = fs::read_to_string(format!("{out}/judges/judges.jsonl")).unwrap_or_default();
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

/// Lets a run go on until something is so, and kills it then.
pub(crate) fn killed_when(arguments: &[&str], reached: impl Fn() -> bool) {
    let child = command(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Living(child.unwrap()).until(reached);
}

/// A run that goes on. It is killed when it is dropped.
struct Living(Child);

impl Living {
    /// Begins a run that writes what it says into these files.
    fn begin(arguments: &[&str], stdout: &str, stderr: &str) -> Self {
        let child = command(arguments)
            .stdout(File::create(stdout).unwrap())
            .stderr(File::create(stderr).unwrap())
            .spawn();
        Self(child.unwrap())
    }

    /// Lets it go on until something is so.
    fn until(&mut self, reached: impl Fn() -> bool) {
        while !reached() {
            assert!(self.0.try_wait().unwrap().is_none(), "it ended too soon");
            sleep(Duration::from_millis(2));
        }
    }

    /// What its folder holds now, as if it had been killed now. It goes on afterwards.
    fn snapshot(&self, out: &str, to: &str) {
        signal(&self.0, "STOP");
        let threads = format!("/proc/{}/task", self.0.id());
        while !fs::read_dir(&threads)
            .unwrap()
            .flatten()
            .all(|it| is_stopped(&it))
        {
            sleep(Duration::from_millis(1));
        }
        copy(Path::new(out), Path::new(to));
        signal(&self.0, "CONT");
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether a thread in `/proc` does nothing: a stop reaches one after another.
fn is_stopped(thread: &DirEntry) -> bool {
    let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
    // The state comes after the name in parentheses; a thread that has ended has none.
    stat.rsplit_once(") ")
        .is_none_or(|(_, state)| state.starts_with('T'))
}

/// Whether a run has graded a program in training.
fn is_learning(out: &str) -> bool {
    fs::metadata(format!("{out}/episodes.jsonl")).is_ok_and(|file| file.len() > 0)
}

/// A judge that differs in its digest alone, and a reward with other settings.
fn others(folder: &Folder) -> (String, String) {
    let judge = fs::read(plugins().join("falcon-unit-tests.wasm")).unwrap();
    let reward =
        "[[judge]]\nplugin = 'falcon/unit-tests'\nconfig = { failed = -0.1, slope = 1.0 }\n";
    (
        folder.write("other.wasm", renamed(&judge)),
        folder.write("reward.toml", reward),
    )
}

/// Checks that each episode names the judge that its step had, by the ledger. Says which entries of the ledger judged
/// one.
fn judged_by_the_ledger(out: &str) -> Vec<bool> {
    let entries = ledger(out);
    let lines = fs::read_to_string(format!("{out}/episodes.jsonl")).unwrap();
    let mut judged = vec![false; entries.len()];
    for line in lines.lines() {
        let episode: Value = serde_json::from_str(line).unwrap();
        let begun = |entry: &Value| entry["step"].as_u64() <= episode["step"].as_u64();
        let at = entries.iter().rposition(begun).unwrap();
        let wanted = &entries[at]["judges"]["falcon/unit-tests"];
        assert_eq!(&episode["plugins"]["falcon/unit-tests"], wanted);
        judged[at] = true;
    }
    judged
}

fn report(out: &str) -> Value {
    let bytes = fs::read(format!("{out}/report.json")).unwrap();
    serde_json::from_slice(&bytes).unwrap()
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
    // Killed in reinforcement learning, where judges count.
    killed_when(&begin, || is_learning(&out));
    assert_eq!(ledger(&out).len(), 1);

    let (judge, reward) = others(&folder);
    falcon(&["swap", &out, &judge, "--reward", &reward]).expect(0);
    killed_when(&["train", "--resume", &out], || ledger(&out).len() == 2);

    // Both go on from the same kill after the swap. Meanwhile somebody broke the reward of one.
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
    // Killed before its first checkpoint, it begins anew, and the first judge has no step.
    assert!(judged_by_the_ledger(&out)[1]);
    assert_eq!(report(&out)["judges"], serde_json::json!(entries));
}

/// The run itself is never killed and never resumed; what a kill after the swap would have left of it is.
#[test]
fn a_living_run_takes_a_swap_and_one_killed_after_it_ends_as_it_does() {
    let folder = Folder::new();
    let (config, out) = (fixture("tiny.toml"), folder.path("run"));
    let (stdout, stderr) = (folder.path("stdout"), folder.path("stderr"));
    // Steps enough that the swap comes between two of them.
    let begin = [
        "train", "--config", &config, "--seed", "5", "--steps", "200", "--out", &out, "--json",
    ];
    let (judge, reward) = others(&folder);
    let mut run = Living::begin(&begin, &stdout, &stderr);
    run.until(|| is_learning(&out));
    falcon(&["swap", &out, &judge, "--reward", &reward]).expect(0);
    // A step may begin between the two files of the swap, and takes the first of them then.
    run.until(|| {
        let entries = ledger(&out);
        let (first, last) = (&entries[0], &entries[entries.len() - 1]);
        ["reward", "judges"]
            .iter()
            .all(|what| first[what] != last[what])
    });
    let killed = folder.path("killed");
    run.snapshot(&out, &killed);
    let code = run.0.wait().unwrap().code();
    let read = |path: &str| fs::read_to_string(path).unwrap();
    let ended = Ended {
        code,
        stdout: read(&stdout),
        stderr: read(&stderr),
    };
    let told = ended
        .expect(0)
        .saying(&["the reward file is", "falcon/unit-tests is", "(was "])
        .json();
    assert!(!Path::new(&killed).join("report.json").exists());
    let again = falcon(&["train", "--resume", &killed, "--json"])
        .expect(0)
        .json();
    assert_eq!(again["result_digest"], told["result_digest"]);
    assert_eq!(ledger(&killed), ledger(&out));
    for out in [&out, &killed] {
        let judged = judged_by_the_ledger(out);
        assert!(judged.iter().all(|one| *one), "{judged:?}");
        assert_eq!(report(out)["judges"], serde_json::json!(ledger(out)));
    }
}

/// A folder of plugins of the test's own, which may change.
pub(crate) fn own_plugins(folder: &Folder) -> String {
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
    killed_when(&begin, || is_learning(&out));
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
