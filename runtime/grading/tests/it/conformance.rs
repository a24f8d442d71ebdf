//! Every language pack passes the cases that all of them must pass.

use falcon_grading::conform;
use falcon_host::language::LanguagePack;

use crate::support::{plugin, root};

#[test]
fn python() {
    conforms("python");
}

#[test]
fn c() {
    conforms("c");
}

#[test]
fn cpp() {
    conforms("cpp");
}

#[test]
fn javascript() {
    conforms("javascript");
}

#[test]
fn lua() {
    conforms("lua");
}

fn conforms(language: &str) {
    let plugin = plugin(&format!("falcon-{language}.wasm"));
    let pack = LanguagePack::of(&plugin).unwrap();
    let cases = root().join(format!("plugins/languages/{language}/conformance.toml"));
    let wrong: Vec<_> = conform(&pack, &cases)
        .unwrap()
        .into_iter()
        .filter(|case| !case.differs.is_empty())
        .map(|case| format!("{}: {}", case.name, case.differs.join("; ")))
        .collect();
    assert!(wrong.is_empty(), "{language}:\n{}", wrong.join("\n"));
}
