//! Manifests and plugin files.

mod build;
mod flatten;
mod manifest;
mod names;
mod package;
