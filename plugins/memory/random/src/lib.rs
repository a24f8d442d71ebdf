//! The control for what an item says: shows any of the candidates, drawn by a seed.
//!
//! A draw follows from the seed, the task and the item, so that a resumed run draws the same. Candidates are what the
//! retrievers found, in the query's project where it has one: a policy sees no other. What an exemplar of another
//! project does is measured by training's own control, `[memory] exemplar = "random"`.

use falcon_sdk::{
    memory::{Candidate, Error, MemoryPolicy, Query, Ranked, draw, ranked},
    serde::Deserialize,
};

/// The policy.
pub struct Random;

/// The settings.
#[derive(Deserialize)]
#[serde(crate = "falcon_sdk::serde")]
pub struct Config {
    seed: u64,
}

impl MemoryPolicy for Random {
    type Config = Config;

    fn rank(
        query: &Query,
        candidates: &[Candidate],
        config: &Config,
    ) -> Result<Vec<Ranked>, Error> {
        let drawn = |near: &Candidate| {
            let names = [&query.task_id[..], &near.item.id];
            draw(config.seed, &names) as f64 / u64::MAX as f64
        };
        let shown = candidates.iter().filter(|near| near.item.is_verified());
        Ok(ranked(shown.map(|near| (near, drawn(near)))))
    }
}

falcon_sdk::export_memory_policy!(Random);
