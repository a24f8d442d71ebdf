//! Where the programs are that build plugins.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// The pinned requirement of `cargo xtask setup`, in the form that pip takes.
fn pinned() -> &'static str {
    let requirements = include_str!("../../../../xtask/requirements/componentize-py.txt");
    let found = requirements
        .split_whitespace()
        .find(|word| word.contains("=="));
    found.unwrap_or("componentize-py")
}

/// What to do where componentize-py is missing.
#[must_use]
pub fn componentize_py_remedy() -> String {
    format!(
        "plugins in Python are made by componentize-py: get it with `python3 -m pip install {}`, \
         or name the program in FALCON_COMPONENTIZE_PY",
        pinned()
    )
}

/// The componentize-py that builds plugins in Python: what `FALCON_COMPONENTIZE_PY` names, else what
/// `cargo xtask setup` put into FALCON's cache folder, else what is on `PATH`, where it is there at all.
#[must_use]
pub fn componentize_py() -> Option<PathBuf> {
    if let Some(named) = set("FALCON_COMPONENTIZE_PY") {
        return Some(named.into());
    }
    let folder = pinned().replace("==", "-");
    let private = cache_folder().map(|cache| {
        let bin = cache.join("python").join(folder).join("bin");
        bin.join("componentize-py")
    });
    private
        .filter(|program| program.is_file())
        .or_else(|| on_path("componentize-py"))
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

/// A file of the folder `runners`, in which `cargo xtask build` keeps what plugins in JavaScript are put into: in
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
        assert!(pinned().starts_with("componentize-py=="), "{}", pinned());
        assert!(componentize_py_remedy().contains(pinned()));
    }
}
