//! Released interfaces are only added to: what stands in `tests/fixtures/wit` still stands in `wit/`, word for word.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The checkout that cargo runs this test for, asked at run time: a build folder that several checkouts
/// share may hold a test that was compiled for another one.
fn root() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this");
    Path::new(&xtask).join("..")
}

/// The words of a file, without comments and without the gates of additions.
fn words(text: &str) -> Vec<String> {
    let code = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""));
    let spaced = code.collect::<Vec<_>>().join("\n");
    let mut spaced = spaced.replace(['\n', '\t'], " ");
    for sign in ["{", "}", "(", ")", ",", ";", "<", ">"] {
        spaced = spaced.replace(sign, &format!(" {sign} "));
    }
    let words = spaced
        .split_whitespace()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    // A comma before a closing bracket is style.
    let style = |at: usize| {
        words[at] == ","
            && words
                .get(at + 1)
                .is_some_and(|next| next == "}" || next == ")")
    };
    (0..words.len())
        .filter(|at| !style(*at))
        .map(|at| words[at].clone())
        .collect()
}

/// Every interface and world, with the items in it: a type or a function each.
fn items(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let words = words(text);
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut at, mut depth) = (0, 0);
    let (mut block, mut item): (String, Vec<String>) = (String::new(), Vec::new());
    while at < words.len() {
        let word = words[at].as_str();
        at += 1;
        match (word, depth) {
            ("{", 0) => {
                block = std::mem::take(&mut item).join(" ");
                found.entry(block.clone()).or_default();
                depth = 1;
                continue;
            }
            ("}", 1) => {
                depth = 0;
                continue;
            }
            ("{", _) => depth += 1,
            ("}", _) => depth -= 1,
            _ => {}
        }
        item.push(word.to_owned());
        let ends = match depth {
            // `package name;` has no items.
            0 if word == ";" => {
                item.clear();
                false
            }
            1 => word == ";" || (word == "}" && item[0] != "use"),
            _ => false,
        };
        if ends {
            let whole = std::mem::take(&mut item).join(" ");
            found.entry(block.clone()).or_default().insert(whole);
        }
    }
    found
}

/// What a release has and the present text has not.
fn broken(released: &str, now: &str) -> Vec<String> {
    let now = items(now);
    let mut missing = Vec::new();
    for (block, wanted) in items(released) {
        match now.get(&block) {
            None => missing.push(block),
            Some(there) => missing.extend(
                wanted
                    .difference(there)
                    .map(|item| format!("{block}: {item}")),
            ),
        }
    }
    missing
}

#[test]
fn breaks_are_told_from_additions() {
    let released = "package a:b@0.1.0;\ninterface i {\n  /// Doc.\n  record r { x: u32, }\n  f: func(r: r) -> string;\n}\nworld w { export i; }\n";
    for (from, to, broken_items) in [
        ("/// Doc.", "/// Other words.", 0),
        ("x: u32, }", "x: u32 }", 0),
        ("f: func", "g: func();\n  f: func", 0),
        ("world w", "interface j { h: func(); }\nworld w", 0),
        ("x: u32,", "x: u32, y: u32,", 1),
        ("-> string", "-> option<string>", 1),
        ("f: func(r: r) -> string;", "", 1),
        ("interface i", "interface k", 1),
        ("export i;", "export k;", 1),
    ] {
        let now = released.replace(from, to);
        assert_ne!(now, released);
        assert_eq!(
            broken(released, &now).len(),
            broken_items,
            "{from} -> {to}: {:?}",
            broken(released, &now)
        );
    }
}

#[test]
fn released_interfaces_are_only_added_to() {
    let folder = root().join("tests/fixtures/wit");
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let (package, track) = name.split_once('-').unwrap();
        let now = root().join(format!("wit/{package}/{track}/{package}.wit"));
        let read = |path: &Path| {
            fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        };
        let broken = broken(&read(&path), &read(&now));
        assert!(
            broken.is_empty(),
            "{} breaks what {} has released; open a new track instead:\n  {}",
            now.display(),
            path.display(),
            broken.join("\n  ")
        );
        count += 1;
    }
    assert!(
        count >= 7,
        "{count} released interfaces in {}",
        folder.display()
    );
}
