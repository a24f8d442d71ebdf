//! What people see of plugins that go wrong: the texts of docs/plugins/errors.md, still true.

use std::{fs, path::Path};

use crate::falcon::{Ended, Folder, falcon, plugins};

const DOCUMENT: &str = include_str!("../../../../docs/plugins/errors.md");

/// What the manifest of the plugin under test asks for.
const ALL: &str = "log = true\nclock = true\nkv = true";

/// The guest that does wrong on demand, under a name of its own.
fn contrary(host: &str, capabilities: &str) -> Vec<u8> {
    let guest = plugins().join("test").join("falcon-contrary.wasm");
    let bytes = fs::read(&guest)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask build`", guest.display()));
    let manifest = format!(
        "name = \"you/contrary\"\nkind = \"judge\"\nversion = \"0.1.0\"\nlicense = \"MIT\"\n\
         description = \"Does wrong\"\nhost = \"{host}\"\n[capabilities]\n{capabilities}\n\
         [config.do]\ntype = \"string\"\ndefault = \"nothing\"\n\
         [config.amount]\ntype = \"integer\"\ndefault = 0\n"
    );
    falcon_package::package(&bytes, &manifest, "plugin.toml").unwrap()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let found = (0..=bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from));
    let found: Vec<usize> = found.collect();
    assert!(!found.is_empty());
    for at in found {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

/// Adds a file to an empty folder of plugins; what was said.
fn adding(bytes: &[u8]) -> String {
    let folder = Folder::new();
    let file = folder.write("contrary.wasm", bytes);
    let ended = falcon(&["--plugins", &folder.path("plugins"), "plugin", "add", &file]);
    assert_ne!(ended.code, Some(0));
    plain(&ended.stderr, &folder)
}

/// Judges two episodes by a plugin's file, with one line for its settings; what was said.
fn judging(bytes: &[u8], plugin: &str, config: &str, grants: &[&str]) -> String {
    let (ended, folder) = judged(bytes, plugin, config, grants);
    assert_ne!(ended.code, Some(0), "{}", ended.stderr);
    plain(&ended.stderr, &folder)
}

/// The same, and how it ended.
fn judged(bytes: &[u8], plugin: &str, config: &str, grants: &[&str]) -> (Ended, Folder) {
    let folder = Folder::new();
    fs::create_dir(folder.path("plugins")).unwrap();
    folder.write("plugins/contrary.wasm", bytes);
    let episodes = folder.write(
        "episodes.jsonl",
        include_str!("../../../../sdk/templates/judge/episodes.jsonl"),
    );
    let reward = folder.write(
        "reward.toml",
        format!("[[judge]]\nplugin = \"{plugin}\"\n{config}\n"),
    );
    let found = folder.path("plugins");
    let words = [
        "--plugins",
        &found,
        "judge",
        "--episodes",
        &episodes,
        "--reward",
        &reward,
    ];
    (falcon(&[grants, &words[..]].concat()), folder)
}

/// The text without what differs from one machine and run to another.
fn plain(text: &str, folder: &Folder) -> String {
    let here = folder.path("");
    let text = text.replace(&here, "");
    let kept = text.lines().filter(|line| {
        let told = ["compiling ", "compiled ", "building "];
        !told.iter().any(|word| line.starts_with(word)) && !line.contains("episodes, mean reward")
    });
    let text = kept.collect::<Vec<_>>().join("\n");
    // Digests, and sizes of what compilers make.
    let text = without(&text, "sha256:", |c| c.is_ascii_hexdigit());
    let text = without(&text, "at byte ", |c| c.is_ascii_digit());
    without(&text, "at byte … of ", |c| c.is_ascii_digit())
}

/// The text with a dot in place of what follows each of these words.
fn without(text: &str, words: &str, what: fn(char) -> bool) -> String {
    let mut parts = text.split(words);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, after| {
        format!("{before}{words}…{}", after.trim_start_matches(what))
    })
}

const GRANTED: [&str; 2] = ["--grant", "you/contrary=log,clock,kv"];

/// By heading of the document: what is seen.
fn seen() -> Vec<(&'static str, String)> {
    let good = contrary(">=0.1, <0.2", ALL);
    let told = |does: &str, amount: u64| {
        let config = format!("config = {{ do = \"{does}\", amount = {amount} }}");
        judging(&good, "you/contrary", &config, &GRANTED)
    };
    let future = replaced(
        &good,
        b"falcon:judge/judge@0.2.0",
        b"falcon:judge/judge@0.9.0",
    );
    vec![
        ("A track of the future", adding(&future)),
        ("Another FALCON", adding(&contrary(">=7", ALL))),
        (
            "A service that is not granted",
            judging(&good, "you/contrary", "", &[]),
        ),
        (
            "A service that is not asked for",
            adding(&contrary("*", "log = true")),
        ),
        (
            "More than is allowed",
            adding(&contrary("*", &format!("{ALL}\nmemory = \"4GiB\""))),
        ),
        ("It loops", told("loop", 0)),
        ("It panics", told("panic", 7)),
        ("It reports an error", told("error", 7)),
        ("It recurses without end", told("recurse", 0)),
        ("It allocates without end", told("allocate", 1 << 30)),
        ("It answers NaN", told("nan", 0)),
        ("It gives credit beyond the program", told("outside", 0)),
        ("A broken file", adding(&good[..good.len() / 2])),
        ("No component", adding(b"\0asm\x01\0\0\0")),
        (
            "A plugin of another kind",
            judging(
                &fs::read(plugins().join("falcon-similar-recent.wasm")).unwrap(),
                "falcon/similar-recent",
                "",
                &[],
            ),
        ),
        (
            "A setting that does not fit",
            judging(
                &good,
                "you/contrary",
                "config = { amount = \"many\" }",
                &GRANTED,
            ),
        ),
        (
            "A name that is not there",
            judging(&good, "you/contrray", "", &GRANTED),
        ),
    ]
}

/// A judge of one file with this text, asked.
fn script(language: &str, file: &str, text: &str) -> String {
    let folder = Folder::new();
    let source = folder.path("judge");
    falcon(&[
        "plugin",
        "new",
        "judge",
        "you/contrary",
        "--language",
        language,
        &source,
    ])
    .expect(0);
    fs::write(Path::new(&source).join(file), text).unwrap();
    let out = folder.path("judge.wasm");
    falcon(&["plugin", "build", &source, "--out", &out]).expect(0);
    judging(&fs::read(out).unwrap(), "you/contrary", "", &[])
}

fn javascript(text: &str) -> String {
    script("javascript", "judge.js", text)
}

fn seen_of_scripts() -> Vec<(&'static str, String)> {
    let python = "def judge(episode, config):\n    return first(episode.program.split())\n\n\n\
                  def first(words):\n    print(\"seen\")\n    # Nothing to divide.\n    return words[0] / len(words)\n";
    vec![
        ("Python: an exception", script("python", "judge.py", python)),
        (
            "JavaScript: an exception",
            javascript(
                "export function judge(episode) {\n  return first(episode.program.split(' '));\n}\n\
                 function first(words) {\n  return words.first.length;\n}\n",
            ),
        ),
        (
            "JavaScript: it does not parse",
            javascript("export function judge() {\n  return 1;\n}}\n"),
        ),
        (
            "JavaScript: no function",
            javascript("function judge() {}\n"),
        ),
        (
            "JavaScript: a wrong answer",
            javascript("export const judge = () => ({ score: \"high\" });\n"),
        ),
        (
            "JavaScript: a loop",
            javascript("export function judge() { for (;;); }\n"),
        ),
    ]
}

/// The first fenced block under a heading.
fn documented(heading: &str) -> Option<&'static str> {
    let section = DOCUMENT.split(&format!("\n## {heading}\n")).nth(1)?;
    let section = section.split("\n## ").next()?;
    section.split("```text\n").nth(1)?.split("\n```").next()
}

#[test]
fn errors_are_as_documented() {
    let mut differ = String::new();
    for (heading, text) in seen().into_iter().chain(seen_of_scripts()) {
        if documented(heading) != Some(text.as_str()) {
            differ += &format!("\n## {heading}\n\n```text\n{text}\n```\n");
        }
    }
    assert!(
        differ.is_empty(),
        "docs/plugins/errors.md should say:\n{differ}"
    );
}

/// An episode whose judge failed is written all the same, without a reward.
#[test]
fn a_plugin_that_goes_wrong_has_no_reward() {
    let good = contrary("*", ALL);
    let (ended, _folder) = judged(&good, "you/contrary", "config = { do = \"nan\" }", &GRANTED);
    let lines = ended.expect(3).lines();
    assert_eq!(lines.len(), 2);
    assert!(
        lines.iter().all(|line| line["reward"].is_null()),
        "{lines:?}"
    );
}
