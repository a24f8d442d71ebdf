//! Where this repository's own plugins are after `cargo xtask build`.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::TestingError;

/// The file of a first-party plugin: `falcon/unit-tests`.
///
/// # Errors
/// Where it was not built.
pub fn first_party(name: &str) -> Result<PathBuf, TestingError> {
    built(&folder(), name)
}

/// The file of a plugin that only tests use, from `sdk/testing/guests`.
///
/// # Errors
/// Where it was not built.
pub fn test_guest(name: &str) -> Result<PathBuf, TestingError> {
    built(&folder().join("test"), name)
}

fn built(folder: &Path, name: &str) -> Result<PathBuf, TestingError> {
    let file = folder.join(format!("{}.wasm", name.replace('/', "-")));
    if file.is_file() {
        Ok(file)
    } else {
        Err(TestingError::NotBuilt(file))
    }
}

/// `FALCON_PLUGINS`, else `plugins` in cargo's target folder, which the test's own binary is in.
fn folder() -> PathBuf {
    if let Some(folder) = env::var_os("FALCON_PLUGINS").filter(|folder| !folder.is_empty()) {
        return PathBuf::from(folder);
    }
    // <target>/release/deps/test-binary
    let test = env::current_exe().unwrap_or_default();
    let target = test.ancestors().nth(3).unwrap_or(Path::new("target"));
    target.join("plugins")
}
