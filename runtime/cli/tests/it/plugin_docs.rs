//! The tutorials of docs/plugins, from an empty folder, as they stand there. With `--nocapture` they tell what each command took.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::SystemTime,
};

use crate::falcon::{Folder, plugins};

/// The folder of the document.
fn documents() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plugins")
}

/// The shell's blocks of a document, in order, each with the heading that it is under.
fn blocks(document: &str) -> Vec<(String, String)> {
    let path = documents().join(document);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut heading, mut block, mut found) = (String::new(), None::<String>, Vec::new());
    for line in text.lines() {
        match &mut block {
            Some(_) if line == "```" => found.push((heading.clone(), block.take().unwrap())),
            Some(block) => *block += &format!("{line}\n"),
            None if line == "```sh" => block = Some(String::new()),
            None => {
                if let Some(title) = line.strip_prefix("## ") {
                    heading = title.to_owned();
                }
            }
        }
    }
    assert!(!found.is_empty(), "{document} has no blocks");
    found
}

/// A folder of plugins of the test's own: FALCON's, and what the tutorial adds.
fn own_plugins(folder: &Folder) -> String {
    let own = folder.path("plugins");
    fs::create_dir(&own).unwrap();
    for entry in fs::read_dir(plugins()).unwrap() {
        let entry = entry.unwrap();
        std::os::unix::fs::symlink(entry.path(), Path::new(&own).join(entry.file_name())).unwrap();
    }
    own
}

/// Has bash write each command on standard error when it begins, with the time.
const TRACE: &str = "PS4='@began $EPOCHREALTIME '; set -x\n";

/// What each command took, by a trace that has just ended.
fn times(trace: &str) -> String {
    let ended = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    let begun = |line: &str| {
        let (time, command) = line.strip_prefix("@began ")?.split_once(' ')?;
        let time: f64 = time.replace(',', ".").parse().ok()?;
        Some((time, command.to_owned()))
    };
    let begun: Vec<_> = trace.lines().filter_map(begun).collect();
    let ends = begun.iter().skip(1).map(|(time, _)| *time).chain([ended]);
    let took = begun.iter().zip(ends);
    took.map(|((began, command), ended)| format!("{:7.1} s  {command}\n", ended - began))
        .collect()
}

#[allow(clippy::print_stderr, reason = "a test that is watched says this")]
fn tell(text: &str) {
    eprintln!("{text}");
}

/// Whether the machine's Python has pytest.
fn has_pytest() -> bool {
    let found = Command::new("python3")
        .args(["-c", "import pytest"])
        .stderr(Stdio::null())
        .status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        tell(
            "skipped: `python3 -m pytest` of docs/plugins/judge.md, since pytest is not installed",
        );
    }
    found
}

/// Runs the blocks whose heading fits, one after another in an empty folder. All that was printed.
fn tried(document: &str, fits: impl Fn(&str) -> bool) -> String {
    let folder = Folder::new();
    let own = own_plugins(&folder);
    let empty = folder.path("empty");
    fs::create_dir(&empty).unwrap();
    let falcon = Path::new(env!("CARGO_BIN_EXE_falcon")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut said = String::new();
    for (heading, block) in blocks(document)
        .into_iter()
        .filter(|(heading, _)| fits(heading))
    {
        let mut bash = Command::new("bash");
        bash.args(["-euc", &format!("{TRACE}{block}")])
            .current_dir(&empty)
            .env("PATH", format!("{}:{path}", falcon.display()))
            .env("FALCON_PLUGINS", &own)
            // What is compiled once is kept for the next time.
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("tutorials"),
            )
            .stdin(Stdio::null());
        if heading == "From pytest" {
            // As if sdk/python were installed, and no other plugin of pytest.
            bash.env("PYTHONPATH", documents().join("../../sdk/python"))
                .env("PYTEST_PLUGINS", "falcon_sdk.pytest_plugin")
                .env("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1");
        }
        let output = bash.output().expect("bash starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{document}, {heading}:\n{block}\n{text}\n{told}"
        );
        tell(&format!("{document}, {heading}\n{}", times(&told)));
        said += &text;
    }
    said
}

/// What every judge's tutorial ends with.
const JUDGED: [&str; 3] = [
    "3 of 3 cases are as they should be",
    "\"reward\":1.0",
    "\"score\":0.8333",
];

fn has(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{word:?} is not in\n{said}");
    }
}

#[test]
fn a_judge_in_rust_and_its_cargo_test() {
    let said = tried("judge.md", |heading| {
        matches!(heading, "In Rust" | "From cargo test")
    });
    has(&said, &JUDGED);
    // The tests of the crate, and those of tests/cases.rs.
    assert_eq!(
        said.matches("test result: ok. 1 passed").count(),
        2,
        "{said}"
    );
}

#[test]
fn a_judge_in_python_pinned_and_under_pytest() {
    let pytest = has_pytest();
    let said = tried("judge.md", |heading| match heading {
        "In Python" | "Versions and pins" => true,
        "From pytest" => pytest,
        _ => false,
    });
    has(&said, &JUDGED);
    has(&said, &["is gone"]);
    if pytest {
        has(&said, &["2 passed"]);
    }
}

#[test]
fn a_judge_in_javascript_made_one_s_own() {
    let said = tried("judge.md", |heading| {
        matches!(heading, "In JavaScript" | "Make it yours")
    });
    has(&said, &JUDGED);
    has(
        &said,
        &["1 of 1 cases are as they should be", "a fresh call"],
    );
}

#[test]
fn a_memory_policy() {
    has(
        &tried("memory-policy.md", |_| true),
        &[
            "6 of 6 cases are as they should be",
            "it compiles and links",
        ],
    );
}

#[test]
fn a_language_pack_made_one_s_own() {
    let said = tried("language-pack.md", |_| true);
    has(
        &said,
        &[
            "33 of 33 cases are as they should be",
            "9\n16\n",
            "\"passed\":true",
            "it is 9, and should be 4",
            "34 of 34 cases are as they should be",
        ],
    );
}
