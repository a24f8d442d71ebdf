//! What judges in JavaScript are put into: the engine QuickJS-ng with a judge's interface.
//!
//! `cargo xtask build` makes a core module of this crate. `falcon plugin build` writes the author's files into
//! the room that [`files`] keeps for them, takes out the services that the manifest does not ask for, and makes a
//! component of it.
#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "what is exported is exported to the host")
)]

mod ffi;
mod files;

use falcon_runner::{
    answer::{self, Units},
    episode::{self, Names},
};
use falcon_sdk::judge::{Episode, Error, Judge, Judgement};
use serde_json::Value;

/// The author's judge.
struct JavaScript;

impl Judge for JavaScript {
    type Config = Value;

    /// Each episode gets an engine of its own, so that none depends on those before it.
    fn judge(episode: &Episode, config: &Value) -> Result<Judgement, Error> {
        let given = episode::json(episode, Names::Camel).to_string();
        match ffi::judge(&given, &config.to_string()) {
            Ok(text) => answer::judgement(&text, &episode.program, Units::Utf16),
            Err(thrown) => Err(answer::error(thrown.as_deref())),
        }
    }
}

falcon_sdk::export_judge!(JavaScript);
