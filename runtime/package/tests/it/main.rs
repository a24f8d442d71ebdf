//! Manifests and plugin files.

mod build;
mod core_module;
mod flatten;
mod manifest;
mod names;
mod package;
