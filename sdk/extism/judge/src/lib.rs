//! What Extism modules are joined with: Extism's kernel with a judge's interface.
//!
//! `cargo xtask build` makes a core module of this crate. `falcon plugin build` joins it with `judge.wasm`, an Extism
//! module that exports `judge`: both are one module then, each with a memory of its own.
#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "what is exported is exported to the module")
)]

mod exports;
mod kernel;

use std::{collections::BTreeMap, sync::atomic::AtomicU8};

use falcon_runner::{
    answer::{self, Units},
    episode::{self, Names},
    slot::Slot,
};
use falcon_sdk::judge::{Episode, Error, Judge, Judgement};
use serde_json::{Map, Value, json};

/// There are no files to put in.
#[used]
static FILES: [AtomicU8; 0] = [];

/// What the builder writes: the services that are asked for.
#[used]
static SLOT: Slot<0> = Slot::new(&FILES);

/// The module's judge.
struct Extism;

impl Judge for Extism {
    type Config = Map<String, Value>;

    fn judge(episode: &Episode, config: &Map<String, Value>) -> Result<Judgement, Error> {
        let input = json!({ "episode": episode::json(episode, Names::Snake), "config": config });
        let settings = config
            .iter()
            .map(|(name, value)| (name.clone(), text(value)));
        let settings: BTreeMap<_, _> = settings.collect();
        let answer = exports::run(input.to_string().as_bytes(), settings)
            .map_err(|message| Error::new("extism", message))?;
        let answer = String::from_utf8_lossy(&answer);
        answer::judgement(&answer, &episode.program, Units::Bytes)
    }
}

falcon_sdk::export_judge!(Extism);

/// A setting as Extism has it: a text.
fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
