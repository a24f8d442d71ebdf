//! The control for freshness: memory takes in its first items and nothing after them.
//!
//! An item's number is that of the write that would store it, so what is decided depends on nothing but memory itself.

use falcon_sdk::{
    memory::{Candidate, Decision, Error, Item, MemoryPolicy, Query, Ranked, UNVERIFIED, ranked},
    serde::Deserialize,
};

/// The policy.
pub struct Stale;

/// The settings.
#[derive(Deserialize)]
#[serde(crate = "falcon_sdk::serde")]
pub struct Config {
    writes: u64,
}

impl MemoryPolicy for Stale {
    type Config = Config;

    fn admit(item: &Item, _: &[Candidate], config: &Config) -> Result<Decision, Error> {
        Ok(if !item.is_verified() {
            Decision::refuse(UNVERIFIED)
        } else if item.sequence > config.writes {
            Decision::refuse("memory takes in nothing more")
        } else {
            Decision::keep("of the first")
        })
    }

    fn rank(_: &Query, candidates: &[Candidate], _: &Config) -> Result<Vec<Ranked>, Error> {
        Ok(ranked(
            candidates.iter().map(|near| (near, near.similarity)),
        ))
    }
}

falcon_sdk::export_memory_policy!(Stale);
