//! What a plugin file says before anything of it is compiled.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use falcon_episode::Digest;
use falcon_package::{ComponentError, MAX_BYTES, Manifest, manifest_of, surface};
use semver::Version;
use serde::Serialize;

use crate::{LoadError, Mismatch, PluginId, track};

/// A file that was read and found to be a plugin; nothing of it was compiled or run.
#[derive(Clone, Debug, Serialize)]
pub struct PluginInfo {
    /// The file.
    pub path: PathBuf,
    /// Its identity.
    #[serde(flatten)]
    pub id: PluginId,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// The interfaces it imports.
    pub imports: Vec<String>,
    /// The interfaces it exports.
    pub exports: Vec<String>,
}

impl PluginInfo {
    /// The version of its kind's interface that it exports, of those that this host runs.
    ///
    /// # Errors
    /// Where it exports none: what was wanted, what there is, and what to do.
    pub fn track(&self) -> Result<Version, Mismatch> {
        track::choose(self.manifest.kind, &self.exports)
    }
}

/// Reads a plugin file without compiling it.
///
/// # Errors
/// Where the file cannot be read, is too large, cut short, or no plugin.
pub fn inspect(path: &Path) -> Result<PluginInfo, LoadError> {
    read(path).map(|(info, _)| info)
}

pub(crate) fn read(path: &Path) -> Result<(PluginInfo, Vec<u8>), LoadError> {
    let bytes = read_bounded(path)?;
    let not_a_plugin = |error| LoadError::NotAPlugin {
        path: path.to_owned(),
        error,
    };
    let surface = surface(&bytes).map_err(not_a_plugin)?;
    let file = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    let manifest = manifest_of(&bytes, &file).map_err(not_a_plugin)?;
    let info = PluginInfo {
        path: path.to_owned(),
        id: PluginId {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            digest: Digest::of(&bytes),
        },
        manifest,
        bytes: bytes.len() as u64,
        imports: surface.imports,
        exports: surface.exports,
    };
    Ok((info, bytes))
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, LoadError> {
    let failed = |error| LoadError::Read {
        path: path.to_owned(),
        error,
    };
    let too_large = |bytes| LoadError::NotAPlugin {
        path: path.to_owned(),
        error: ComponentError::TooLarge(bytes),
    };
    let file = fs::File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let limit = MAX_BYTES as u64;
    if length > limit {
        return Err(too_large(length));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    // A pipe or a file that grows says no length.
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}
