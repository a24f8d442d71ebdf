//! Manifests and plugin files.

mod manifest;
mod names;
mod package;
