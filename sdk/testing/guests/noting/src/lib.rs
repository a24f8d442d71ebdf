//! A memory policy that notes what it is asked; for tests of the services that policies use.

use falcon_sdk::{
    kv, log,
    memory::{Candidate, Decision, Error, Item, MemoryPolicy, Query, Ranked},
    serde::Deserialize,
};

/// The policy.
pub struct Noting;

/// It has no settings.
#[derive(Deserialize)]
#[serde(crate = "falcon_sdk::serde")]
pub struct Config {}

impl MemoryPolicy for Noting {
    type Config = Config;

    fn admit(item: &Item, _: &[Candidate], _: &Config) -> Result<Decision, Error> {
        log::info("admit");
        assert_ne!(item.program, "panic", "it was told to");
        Ok(if item.is_verified() {
            Decision::keep("all of its tests pass")
        } else {
            Decision::refuse("not all of its tests pass")
        })
    }

    fn rank(_: &Query, candidates: &[Candidate], _: &Config) -> Result<Vec<Ranked>, Error> {
        log::info("rank");
        kv::set("ranked", b"yes")?;
        let ranked = candidates.iter().map(|near| Ranked {
            id: near.item.id.clone(),
            score: near.similarity,
        });
        Ok(ranked.collect())
    }
}

falcon_sdk::export_memory_policy!(Noting);
