//! What a plugin is before it runs: its manifest, the file that holds both, and how that file is made.
//!
//! A plugin is one `.wasm` file: a WebAssembly component with its manifest (`plugin.toml`) in the
//! custom section [`SECTION`]. Its identity is the digest of the whole file.
//!
//! Everything that is read here may be hostile: sizes are bounded, and what is wrong is an error.

pub mod build;
mod bytes;
mod capability;
mod component;
mod config;
pub mod core_module;
mod encode;
pub mod extism;
mod flatten;
mod manifest;
mod name;
mod place;
mod runner;
pub mod wit;

pub use bytes::{ByteSize, ByteSizeError};
pub use capability::{Capabilities, Capability};
pub use component::{
    ComponentError, FILES, MAX_BYTES, SECTION, Surface, TOOL, core_modules, manifest_of, payload,
    surface, unpack,
};
pub use config::{ConfigError, ConfigField, ConfigKind, ConfigSchema};
pub use encode::{PackageError, package};
pub use flatten::{FlattenError, flatten};
pub use manifest::{Manifest, ManifestError};
pub use name::{Kind, NameError, PluginName};
pub use place::{HttpHost, HttpPlace, PlaceError};
