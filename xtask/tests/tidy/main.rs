//! The source tree's own rules, each a test: what ARCHITECTURE.md says of dependencies and
//! what CONTRIBUTING.md says of files.

mod links;

use std::path::{Path, PathBuf};
use std::process::Command;

use links::Links;

/// Lines over which a module holds two ideas.
const LONGEST_MODULE: usize = 500;

/// Trees that take long to compile.
const HEAVY: &[&str] = &["wasmtime", "lancedb", "burn", "tokio"];

/// What runs programs and judges knows nothing of learning from them.
const LEARNING: &[&str] = &["lancedb", "burn", "falcon-train", "falcon-memory"];

/// Folders whose plugins must each bring their own words.
const KINDS: [&str; 3] = ["languages", "judges", "memory"];

#[test]
fn modules_are_short() {
    let too_long: Vec<_> = text_files(&["rs", "py"])
        .into_iter()
        .filter(|(_, text)| text.lines().count() >= LONGEST_MODULE)
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert_none(&too_long, "has 500 lines or more: split it by concept");
}

/// The tree builds behind any mirror and in any folder.
#[test]
fn no_registry_hosts_and_no_paths_of_one_machine() {
    // In pieces, since this file is searched too.
    let banned: Vec<String> = [
        ("pypi", ".org"),
        ("pythonhosted", ".org"),
        ("deb.debian", ".org"),
        ("npmjs", ".org"),
        ("index.crates", ".io"),
        ("static.crates", ".io"),
        ("static.rust-lang", ".org"),
        ("/ro", "ot/"),
        ("/ho", "me/"),
        ("/wo", "rk/main"),
        ("/wo", "rk/shared"),
        ("/tm", "p/falcon"),
    ]
    .iter()
    .map(|(head, tail)| format!("{head}{tail}"))
    .collect();
    let mut found = Vec::new();
    for (path, text) in text_files(&[]) {
        for (number, line) in text.lines().enumerate() {
            if let Some(word) = banned.iter().find(|word| line.contains(word.as_str())) {
                found.push(format!("{}:{}: `{word}`", path.display(), number + 1));
            }
        }
    }
    assert_none(&found, "names a registry's host or a path of one machine");
}

/// Heavy trees are linked by one crate each, so that an edit elsewhere compiles none of them again.
#[test]
fn crates_link_only_what_is_theirs() {
    let banned: &[(&str, &[&str])] = &[
        ("falcon-episode", HEAVY),
        ("falcon-tasks", HEAVY),
        ("falcon-package", HEAVY),
        ("falcon-host", LEARNING),
        ("falcon-grading", LEARNING),
        ("falcon-http", LEARNING),
        ("falcon-llm", LEARNING),
        (
            "falcon-memory",
            &["wasmtime", "burn", "falcon-train", "falcon-host"],
        ),
        ("falcon-kernels", &["wasmtime", "lancedb", "falcon-train"]),
        (
            "falcon-train",
            &[
                "wasmtime",
                "lancedb",
                "falcon-host",
                "falcon-grading",
                "falcon-memory",
            ],
        ),
        ("falcon-statistics", HEAVY),
        ("falcon-experiment", HEAVY),
        ("falcon-report", HEAVY),
        ("falcon-testing", LEARNING),
        ("xtask", &["wasmtime", "lancedb", "burn", "tokio", "clap"]),
    ];
    let mut found = Vec::new();
    let links = Links::find("Cargo.toml");
    for (package, unwanted) in banned {
        let linked = links.of(package);
        found.extend(
            unwanted
                .iter()
                .filter(|name| linked.contains(**name))
                .map(|name| format!("{package} links {name}")),
        );
    }
    assert_none(&found, "which ARCHITECTURE.md rules out");
}

/// xtask must build where nothing else does yet, and falcon-features is there for all of them.
#[test]
fn xtask_and_features_link_nothing_of_ours() {
    let links = Links::find("Cargo.toml");
    let mut found = Vec::new();
    for package in ["xtask", "falcon-features"] {
        let linked = links.of(package);
        let ours = linked.intersection(&links.members);
        found.extend(
            ours.filter(|name| **name != package)
                .map(|name| format!("{package} links {name}")),
        );
    }
    assert_none(&found, "which ARCHITECTURE.md rules out");
}

/// What the SDK and the plugins are made of runs in a sandbox: nothing of the host, no heavy tree.
#[test]
fn guests_link_nothing_of_the_host() {
    let (host, guests) = (Links::find("Cargo.toml"), Links::find("plugins/Cargo.toml"));
    assert!(guests.members.contains("falcon-sdk"), "the SDK is a guest");
    let mut unwanted = host.members.clone();
    // Both are the SDK's: the host speaks to guests, and bounds programs, as they do.
    unwanted.remove("falcon-value");
    unwanted.remove("falcon-python-depth");
    unwanted.extend(["wasmtime", "lancedb", "burn", "tokio"].map(str::to_owned));
    let mut found = Vec::new();
    for package in &guests.members {
        let linked = guests.of(package);
        found.extend(
            linked
                .intersection(&unwanted)
                .map(|name| format!("{package} links {name}")),
        );
    }
    assert_none(&found, "which ARCHITECTURE.md rules out");
}

/// Where RUST_BACKTRACE is set, wasmtime would have the native stack walked for each throw of a program, which costs no fuel.
#[test]
fn the_engine_captures_no_backtraces() {
    let links = Links::find("Cargo.toml");
    let found = links.features("wasmtime");
    assert!(
        found.contains("cranelift"),
        "features of wasmtime: {found:?}"
    );
    assert!(
        !found.contains("backtrace"),
        "features of wasmtime: {found:?}"
    );
}

/// Where unsafe code may be: the kernels, the host, a test guest that looks at all of its memory, the guests' allocator,
/// and what talks to an interpreter written in C or to the system.
const UNSAFE: [&str; 9] = [
    "kernels",
    "runtime/host",
    "sdk/testing/guests/contrary",
    "plugins/languages/lua/src/ffi.rs",
    "plugins/languages/javascript/src/engine/ffi",
    "sdk/javascript/judge/src/ffi.rs",
    "sdk/extism/judge/src/exports.rs",
    "sdk/rust/src/allocator",
    "sdk/rust/src/stdio.rs",
];

/// The code that is generated from WIT holds some; the macros for it are in these folders, which have
/// none of its own.
const GENERATED: [&str; 2] = ["sdk/rust/src", "sdk/compiler/src"];

#[test]
fn only_kernels_and_host_are_unsafe_and_say_why() {
    // In pieces, since this file is searched too.
    let word = ["un", "safe"].concat();
    let allowing = format!("{word}_code");
    let openings = [" {", " impl", " fn", " trait", " extern"].map(|next| format!("{word}{next}"));
    let mut found = Vec::new();
    for (path, text) in text_files(&["rs"]) {
        let allowed = UNSAFE.iter().any(|folder| path.starts_with(folder));
        let lines: Vec<&str> = text.lines().collect();
        let whole_file = text.contains("// SAFETY (every block below)");
        for (at, line) in lines.iter().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let place = || format!("{}:{}", path.display(), at + 1);
            if !allowed {
                let opens = openings.iter().any(|opening| code.contains(opening));
                if opens
                    || code.contains(&allowing)
                        && !GENERATED.iter().any(|folder| path.starts_with(folder))
                {
                    found.push(format!("{}: no {word} code here", place()));
                }
            } else if openings[..2].iter().any(|opening| code.contains(opening)) {
                let above = &lines[at.saturating_sub(6)..=at];
                if !whole_file && !above.iter().any(|line| line.contains("// SAFETY")) {
                    found.push(format!("{}: no SAFETY line", place()));
                }
            }
        }
    }
    assert_none(&found, "breaks ARCHITECTURE.md's tenth invariant");
}

/// Only falcon-memory names LanceDB, only falcon-host wasmtime, and only falcon-http opens connections.
#[test]
fn one_crate_owns_each_heavy_tree() {
    let owners = [
        ("lancedb", "runtime/memory/Cargo.toml"),
        ("wasmtime", "runtime/host/Cargo.toml"),
        ("reqwest", "runtime/http/Cargo.toml"),
    ];
    let mut found = Vec::new();
    for (path, text) in text_files(&["toml"]) {
        if !path.ends_with("Cargo.toml") || path == Path::new("Cargo.toml") {
            continue;
        }
        let manifest: toml::Table = text
            .parse()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let named = manifest.get(table).and_then(|table| table.as_table());
            for (heavy, owner) in &owners {
                if named.is_some_and(|table| table.contains_key(*heavy)) && path != Path::new(owner)
                {
                    found.push(format!("{}: {heavy} in [{table}]", path.display()));
                }
            }
        }
    }
    assert_none(&found, "which another crate owns");
}

/// A dev-dependency that adds features to a shared crate would compile it twice: once for
/// `cargo build` as users type it, once for `cargo test`.
#[test]
fn dev_dependencies_add_no_features() {
    let mut found = Vec::new();
    for (path, text) in text_files(&["toml"]) {
        if !path.ends_with("Cargo.toml") {
            continue;
        }
        let manifest: toml::Table = text
            .parse()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let Some(table) = manifest
            .get("dev-dependencies")
            .and_then(|table| table.as_table())
        else {
            continue;
        };
        for (name, value) in table {
            if value.get("features").is_some() {
                found.push(format!("{}: {name}", path.display()));
            }
        }
    }
    assert_none(
        &found,
        "asks for features in [dev-dependencies]: put them into [workspace.dependencies]",
    );
}

#[test]
fn released_interfaces_and_plugins_explain_themselves() {
    let mut missing = Vec::new();
    for package in folders(&root().join("wit")) {
        let tracks = folders(&package);
        assert!(
            !tracks.is_empty(),
            "{} has no track folder",
            package.display()
        );
        missing.extend(
            tracks
                .iter()
                .map(|track| track.join("README.md"))
                .filter(|path| !path.is_file()),
        );
    }
    for kind in KINDS {
        for plugin in folders(&root().join("plugins").join(kind)) {
            missing.extend(
                ["plugin.toml", "README.md"]
                    .map(|name| plugin.join(name))
                    .into_iter()
                    .filter(|path| !path.is_file()),
            );
        }
    }
    let missing: Vec<_> = missing
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    assert_none(&missing, "is missing");
}

#[test]
fn links_in_documents_lead_somewhere() {
    let mut found = Vec::new();
    for (path, text) in text_files(&["md"]) {
        let targets = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = target.split('#').next().unwrap_or_default();
            let folder = path.parent().unwrap_or(Path::new(""));
            if !root().join(folder).join(file).exists() {
                found.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert_none(&found, "is not there");
}

#[test]
fn every_crate_inherits_the_workspace_lints() {
    let found: Vec<_> = text_files(&["toml"])
        .into_iter()
        .filter(|(path, text)| path.ends_with("Cargo.toml") && text.contains("[package]"))
        .filter(|(_, text)| !text.contains("[lints]\nworkspace = true"))
        .map(|(path, _)| path.display().to_string())
        .filter(|path| !path.contains("templates"))
        .collect();
    assert_none(&found, "has no `[lints]` with `workspace = true`");
}

fn assert_none(found: &[String], what: &str) {
    assert!(
        found.is_empty(),
        "{} {what}:\n  {}",
        found.len(),
        found.join("\n  ")
    );
}

/// The checkout that cargo runs this test for. Asked at run time: a build folder that several
/// checkouts share may hold a test that was compiled for another one.
fn root() -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this test");
    let root = Path::new(&own).join("..");
    assert!(root.join("Cargo.lock").is_file(), "no checkout at {root:?}");
    root
}

/// Folders in `parent`, in a fixed order; none where there is no `parent`.
fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir() && !path.ends_with("target"))
        .collect();
    found.sort();
    found
}

/// Text files of the tree with one of the extensions (all where none is named), with their paths
/// from the root. Lock files are machine-made and left out.
fn text_files(extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let wanted = |path: &Path| {
        let extension = path
            .extension()
            .and_then(|text| text.to_str())
            .unwrap_or_default();
        extension != "lock" && (extensions.is_empty() || extensions.contains(&extension))
    };
    tracked()
        .into_iter()
        .filter(|path| wanted(path))
        .filter_map(|path| {
            let text = std::fs::read_to_string(root().join(&path)).ok()?;
            Some((path, text))
        })
        .collect()
}

/// What git tracks or would, or every file where the tree is no checkout (a release archive, say).
fn tracked() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output();
    match listed {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout)
            .split('\0')
            .filter(|name| !name.is_empty())
            .map(PathBuf::from)
            .collect(),
        _ => {
            let mut found = Vec::new();
            walk(&root(), &mut found);
            found
        }
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if !["target", ".git", "runs"]
                .iter()
                .any(|skipped| name == *skipped)
            {
                walk(&path, found);
            }
        } else if let Ok(inside) = path.strip_prefix(root()) {
            found.push(inside.to_owned());
        }
    }
}
