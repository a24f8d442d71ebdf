//! Write FALCON plugins in Rust.
//!
//! A plugin is a crate with `crate-type = ["cdylib"]`, a type that implements the trait of its kind,
//! one line that exports it, and a `plugin.toml`; `falcon plugin build` makes the `.wasm` of it.
//!
//! ```
//! use falcon_sdk::judge::{Episode, Judge, Judgement};
//! use falcon_sdk::{Error, serde::Deserialize};
//!
//! /// Scores 1 for programs of at most `lines` lines, else 0.
//! struct Short;
//!
//! #[derive(Deserialize)]
//! #[serde(crate = "falcon_sdk::serde")]
//! struct Config {
//!     lines: usize,
//! }
//!
//! impl Judge for Short {
//!     type Config = Config;
//!
//!     fn judge(episode: &Episode, config: &Config) -> Result<Judgement, Error> {
//!         let short = episode.program.lines().count() <= config.lines;
//!         Ok(Judgement::of(if short { 1.0 } else { 0.0 }))
//!     }
//! }
//!
//! falcon_sdk::export_judge!(Short);
//! ```
//!
//! An instance serves one call: nothing is remembered between calls but what [`kv`] keeps. What panics
//! reaches the operator with its text; what is returned as [`Error`] does with its code.

mod allocator;
pub mod bindings;
pub mod judge;
pub mod language;
pub mod memory;
mod panic;
mod services;
mod stdio;

pub use allocator::Allocator;
pub use serde;
pub use services::{clock, http, kv, llm, log};

pub use bindings::host::falcon::types::types::Error;

impl Error {
    /// An error with a stable code and a message for people.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            detail: Vec::new(),
        }
    }

    /// The same with one more detail.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.detail.push((name.into(), value.into()));
        self
    }
}

/// What every exported function does first.
#[doc(hidden)]
pub fn begin() {
    panic::report_to_host();
}

/// Reads the settings, which the host has checked against the manifest.
fn settings<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| {
        Error::new(
            "config",
            format!("the settings do not fit this plugin: {error}"),
        )
    })
}
