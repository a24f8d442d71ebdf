//! Where plugin files are, and which one a name means.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use falcon_host::PluginSet;

use crate::failure::{Failure, nearest};

/// The folder in which plugins are looked for: the operator's, else `FALCON_PLUGINS`, else the one
/// beside the binary.
///
/// # Errors
/// Where there is no such folder.
pub(crate) fn folder(asked: Option<&Path>) -> Result<PathBuf, Failure> {
    let (folder, from) = place(asked);
    if folder.is_dir() {
        return Ok(folder);
    }
    let missing = anyhow!(
        "there are no plugins in {}: no such folder ({from})",
        folder.display()
    );
    Err(Failure::usage(missing).hint(BUILD))
}

/// The same folder, made where it is not there.
///
/// # Errors
/// Where it cannot be made.
pub(crate) fn folder_or_new(asked: Option<&Path>) -> Result<PathBuf, Failure> {
    let (folder, _) = place(asked);
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::file(error, format!("cannot make {}", folder.display())))?;
    Ok(folder)
}

/// The folder, and who says so.
fn place(asked: Option<&Path>) -> (PathBuf, &'static str) {
    match (asked, env::var_os("FALCON_PLUGINS")) {
        (Some(folder), _) => (folder.to_owned(), "--plugins"),
        (None, Some(folder)) if !folder.is_empty() => (folder.into(), "FALCON_PLUGINS"),
        _ => (beside_binary(), "the place beside the binary"),
    }
}

/// What to do where plugins are missing.
pub(crate) const BUILD: &str =
    "cargo xtask build makes FALCON's own; --plugins or FALCON_PLUGINS names another folder";

/// The plugins of that folder, read but not compiled.
pub(crate) fn set(asked: Option<&Path>) -> Result<PluginSet, Failure> {
    PluginSet::open(&folder(asked)?).map_err(Failure::usage)
}

/// The file that a person means: a path, or a name (`python` is short for `falcon/python`), with a
/// version or digest after `@` where one is meant.
///
/// # Errors
/// Where there is none: what was wanted, and what there is.
pub(crate) fn find(asked_folder: Option<&Path>, asked: &str) -> Result<PathBuf, Failure> {
    if asked.ends_with(".wasm") || asked.starts_with(['.', '/']) {
        return Ok(asked.into());
    }
    let set = set(asked_folder)?;
    let name = asked.split('@').next().unwrap_or(asked);
    let full = if name.contains('/') {
        asked.to_owned()
    } else {
        format!("falcon/{asked}")
    };
    match set.find(&full) {
        Ok(info) => Ok(info.path.clone()),
        Err(error) => Err(hinted(Failure::usage(error), &full, &set)),
    }
}

fn hinted(failure: Failure, wanted: &str, set: &PluginSet) -> Failure {
    if set.plugins().is_empty() {
        return failure.hint(BUILD);
    }
    let known = set.plugins().iter().map(|info| info.id.name.as_str());
    match nearest(wanted, known).as_slice() {
        [] => failure,
        near => failure.hint(format!("did you mean {}?", near.join(" or "))),
    }
}

fn beside_binary() -> PathBuf {
    let binary = env::current_exe().unwrap_or_default();
    binary
        .parent()
        .and_then(Path::parent)
        .unwrap_or(Path::new("."))
        .join("plugins")
}
