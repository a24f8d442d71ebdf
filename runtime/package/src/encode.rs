//! Makes the plugin file.

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::ComponentEncoder;

use crate::{
    ComponentError, Manifest, ManifestError,
    component::{self, is_module, with_manifest},
};

/// Why a plugin file could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The module cannot become a component.
    #[error("the module cannot become a component: {0}")]
    Encode(String),
    /// What was given is not a component.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// The component is not of the kind that its manifest says.
    #[error(
        "the manifest says kind = \"{kind}\", so the component must export {wanted}; it exports {offered}"
    )]
    Kind {
        /// What the manifest says.
        kind: crate::Kind,
        /// The interface that this kind exports.
        wanted: &'static str,
        /// What is exported.
        offered: String,
    },
}

/// Makes a plugin: a component with its manifest inside.
///
/// # Arguments
/// - `wasm`: a core module with its WIT embedded (what `wit-bindgen` guests compile to), or a component.
/// - `manifest`: the text of `plugin.toml`.
/// - `file`: its file name, for errors.
///
/// # Errors
/// Where the manifest is wrong, the module cannot become a component, or is not of the manifest's kind.
pub fn package(wasm: &[u8], manifest: &str, file: &str) -> Result<Vec<u8>, PackageError> {
    let parsed = Manifest::parse(manifest, file)?;
    let encoded;
    let component = if is_module(wasm) {
        encoded = encode(wasm)?;
        &encoded
    } else {
        wasm
    };
    let surface = component::surface(component)?;
    let wanted = parsed.kind.interface();
    if !surface
        .exports
        .iter()
        .any(|export| without_version(export) == wanted)
    {
        let offered = surface.exports.join(", ");
        let offered = if offered.is_empty() {
            "nothing".to_owned()
        } else {
            offered
        };
        return Err(PackageError::Kind {
            kind: parsed.kind,
            wanted,
            offered,
        });
    }
    Ok(with_manifest(component, manifest)?)
}

fn encode(module: &[u8]) -> Result<Vec<u8>, PackageError> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        // For what a C library asks of the system; left out where nothing of it is imported.
        .and_then(|encoder| {
            encoder.adapter(
                WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
                WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            )
        })
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| PackageError::Encode(format!("{error:#}")))
}

fn without_version(name: &str) -> &str {
    name.split_once('@').map_or(name, |(name, _)| name)
}
