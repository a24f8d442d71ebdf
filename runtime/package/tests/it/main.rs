//! Manifests and plugin files.

mod build;
mod manifest;
mod names;
mod package;
