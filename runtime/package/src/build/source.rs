//! What a plugin's folder is written in, by the files in it.

use std::path::Path;

use crate::Kind;

/// How the plugin in a folder is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// `Cargo.toml`: a crate on `falcon-sdk`.
    Rust,
    /// `app.py`: a module that exports the interfaces itself.
    PythonWorld,
    /// `judge.py`: one function, on the package `falcon_sdk`.
    PythonJudge,
    /// `judge.js`: one function.
    JavaScriptJudge,
    /// `judge.wasm`: a module of Extism's.
    ExtismJudge,
}

/// The file that tells each, the most telling first.
const FILES: [(&str, Source, Option<Kind>); 5] = [
    ("Cargo.toml", Source::Rust, None),
    ("app.py", Source::PythonWorld, None),
    ("judge.py", Source::PythonJudge, Some(Kind::Judge)),
    ("judge.js", Source::JavaScriptJudge, Some(Kind::Judge)),
    ("judge.wasm", Source::ExtismJudge, Some(Kind::Judge)),
];

/// What the folder is written in, where its manifest says this kind.
pub(super) fn of(folder: &Path, kind: Kind) -> Option<Source> {
    FILES
        .into_iter()
        .filter(|(_, _, only)| only.is_none_or(|only| only == kind))
        .find(|(name, _, _)| folder.join(name).is_file())
        .map(|(_, source, _)| source)
}
