//! Where the programs are that build plugins.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// What makes components of Python.
const COMPONENTIZE_PY: &str = include_str!("../../../../xtask/requirements/componentize-py.txt");
/// A compiler of C and Zig.
const ZIG: &str = include_str!("../../../../xtask/requirements/ziglang.txt");

/// The pinned requirement of `cargo xtask setup`, in the form that pip takes.
fn pinned(requirements: &'static str) -> &'static str {
    let mut words = requirements.split_whitespace();
    words.find(|word| word.contains("==")).unwrap_or("")
}

/// What to do where componentize-py is missing.
#[must_use]
pub fn componentize_py_remedy() -> String {
    format!(
        "plugins in Python are made by componentize-py: get it with `python3 -m pip install {}`, \
         or name the program in FALCON_COMPONENTIZE_PY",
        pinned(COMPONENTIZE_PY)
    )
}

/// The componentize-py that builds plugins in Python: what `FALCON_COMPONENTIZE_PY` names, else what
/// `cargo xtask setup` put into FALCON's cache folder, else what is on `PATH`, where it is there at all.
#[must_use]
pub fn componentize_py() -> Option<PathBuf> {
    set("FALCON_COMPONENTIZE_PY")
        .map(PathBuf::from)
        .or_else(|| private(COMPONENTIZE_PY, "componentize-py"))
        .or_else(|| on_path("componentize-py"))
}

/// The zig that compiles C for language packs: what `FALCON_ZIG` names, else what `cargo xtask setup` put into FALCON's
/// cache folder, else what is on `PATH`, where it is there at all.
#[must_use]
pub fn zig() -> Option<PathBuf> {
    set("FALCON_ZIG")
        .map(PathBuf::from)
        .or_else(|| private(ZIG, "python-zig"))
        .or_else(|| on_path("zig"))
}

/// A program of the environment that `cargo xtask setup` made for a requirement.
fn private(requirements: &'static str, program: &str) -> Option<PathBuf> {
    let folder = pinned(requirements).replace("==", "-");
    let bin = cache_folder()?.join("python").join(folder).join("bin");
    Some(bin.join(program)).filter(|program| program.is_file())
}

/// A program on `PATH`.
#[must_use]
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// The runner that judges in JavaScript are put into.
pub const JAVASCRIPT_JUDGE: &str = "javascript-judge.wasm";

/// The runner that modules of Extism are joined with.
pub const EXTISM_JUDGE: &str = "extism-judge.wasm";

/// A file of the folder `runners`, in which `cargo xtask build` keeps what plugins are put into: in
/// the folder of plugins that `FALCON_PLUGINS` names, or the one beside this program.
///
/// # Errors
/// With the places where it is not.
pub fn runner(name: &str) -> Result<PathBuf, Vec<PathBuf>> {
    let program = env::current_exe().unwrap_or_default();
    // <target>/release/falcon, and a test's <target>/release/deps/it.
    let beside = program
        .ancestors()
        .skip(2)
        .take(2)
        .map(|up| up.join("plugins"));
    let named = set("FALCON_PLUGINS").map(PathBuf::from);
    let places: Vec<_> = named
        .into_iter()
        .chain(beside)
        .map(|plugins| plugins.join("runners").join(name))
        .collect();
    let found = places.iter().find(|file| file.is_file()).cloned();
    found.ok_or(places)
}

/// FALCON's cache folder, which xtask fills.
fn cache_folder() -> Option<PathBuf> {
    let below = |name: &str, rest: &str| Some(Path::new(&set(name)?).join(rest));
    below("FALCON_CACHE", "")
        .or_else(|| below("XDG_CACHE_HOME", "falcon"))
        .or_else(|| below("HOME", ".cache/falcon"))
}

fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_names_the_pinned_version() {
        let pinned = pinned(COMPONENTIZE_PY);
        assert!(pinned.starts_with("componentize-py=="), "{pinned}");
        assert!(componentize_py_remedy().contains(pinned));
    }
}
