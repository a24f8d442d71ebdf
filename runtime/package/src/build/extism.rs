//! A judge that is an Extism module: `judge.wasm` joined with the runner that `cargo xtask build` made. No tool is
//! needed for it.

use std::{fs, path::Path};

use super::{BuildError, file, runner_bytes, tools::EXTISM_JUDGE as RUNNER};
use crate::{Manifest, extism, runner};

/// The core module that `judge.wasm` and the runner make.
pub(super) fn compile_judge(folder: &Path, manifest: &Manifest) -> Result<Vec<u8>, BuildError> {
    let own = runner_bytes(RUNNER, "modules of Extism are joined with")?;
    let path = folder.join("judge.wasm");
    let guest = fs::read(&path).map_err(file(&path))?;
    runner::fill(&own, b"", &manifest.capabilities)
        .and_then(|own| extism::join(&own, &guest))
        .map_err(|reason| BuildError::Source { path, reason })
}
