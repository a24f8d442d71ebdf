//! The plugin that does wrong on demand, and ways to change it.

use std::{fs, path::PathBuf};

use falcon_episode::JudgeScore;
use falcon_host::{CallError, CompiledCache, Grants, Judge, KvStore, Loader, Plugin};
use falcon_testing::{TestingError, episode, first_party, judge_input, test_guest};
use serde_json::json;
use tempfile::TempDir;

/// The manifest of the plugin under test, with these lines for capabilities.
pub(crate) fn manifest(name: &str, host: &str, capabilities: &str) -> String {
    format!(
        "name = \"{name}\"\nkind = \"judge\"\nversion = \"0.1.0\"\nlicense = \"MIT\"\n\
         description = \"Does wrong\"\nhost = \"{host}\"\n[capabilities]\n{capabilities}\n\
         [config.do]\ntype = \"string\"\ndefault = \"nothing\"\n\
         [config.amount]\ntype = \"integer\"\ndefault = 0\n"
    )
}

/// A built plugin's file; the error says how to build it.
pub(crate) fn built(found: Result<PathBuf, TestingError>) -> PathBuf {
    found.unwrap_or_else(|error| panic!("{error}"))
}

/// The capabilities it uses.
pub(crate) const ALL: &str = "log = true\nclock = true\nkv = true";

/// Its bytes.
pub(crate) fn contrary() -> Vec<u8> {
    fs::read(built(test_guest("falcon/contrary"))).unwrap()
}

/// Its bytes with another manifest.
pub(crate) fn contrary_as(manifest: &str) -> Vec<u8> {
    falcon_package::package(&contrary(), manifest, "plugin.toml").unwrap()
}

/// Its bytes with every occurrence of one text replaced by another of the same length.
pub(crate) fn contrary_with(from: &str, to: &str) -> Vec<u8> {
    replaced(contrary(), from, to)
}

/// A language pack that imports the log and asks for it.
pub(crate) fn logging_pack() -> Vec<u8> {
    let pack = fs::read(built(first_party("falcon/lua"))).unwrap();
    let pack = replaced(pack, "wasi:cli/stdin@0.2.12", "falcon:host/log@0.1.0");
    let manifest = manifest("falcon/lua", ">=0.1", "log = true");
    let manifest = manifest.replace("\"judge\"", "\"language\"");
    falcon_package::package(&pack, &manifest, "plugin.toml").unwrap()
}

/// Bytes with every occurrence of one text replaced by another of the same length.
fn replaced(mut bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let found: Vec<_> = bytes
        .windows(from.len())
        .enumerate()
        .filter(|(_, at)| *at == from.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert!(!found.is_empty(), "{from} does not occur");
    for at in found {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

/// A folder of the test's own, and a file in it.
pub(crate) fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plugin.wasm");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// Everything that there is to grant; the clock stands at 1234.
pub(crate) fn granted() -> Grants {
    Grants::none()
        .log(|_| {})
        .clock_from(|| 1234)
        .kv(KvStore::default())
}

/// A loader that grants everything and shares the compiled code of the user's cache.
pub(crate) fn loader() -> Loader {
    Loader::new()
        .unwrap()
        .cache(CompiledCache::of_user().ok())
        .grants(granted())
}

/// The plugin, loaded.
pub(crate) fn plugin(loader: &Loader) -> Plugin {
    loader.load(&built(test_guest("falcon/contrary"))).unwrap()
}

/// The plugin, told what to do.
pub(crate) fn told(plugin: &Plugin, what: &str, amount: u64) -> Judge {
    plugin
        .judge(&json!({ "do": what, "amount": amount }))
        .unwrap()
}

/// What it answers for a small program.
pub(crate) fn ask(judge: &Judge) -> Result<JudgeScore, CallError> {
    judge.judge(judge_input(&episode("return x")))
}

/// Does it, and gives the score.
pub(crate) fn score(plugin: &Plugin, what: &str, amount: u64) -> f64 {
    ask(&told(plugin, what, amount)).unwrap().score.unwrap()
}
