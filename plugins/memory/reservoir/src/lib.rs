//! A fair sample of all that ever passed: a bottom-k sketch (E. Cohen and H. Kaplan, Summarizing Data using Bottom-k Sketches,
//! PODC 2007), which is a reservoir whose draws are made once.
//!
//! Every verified item enters. Each has a key, drawn from the number of its write and the seed; where memory is over its capacity k,
//! those with the largest keys leave. So the k smallest keys of n writes are held, each write with probability k/n. The host shows at
//! most 4096 items to choose from: with a larger capacity writes are held as often as each other but the newest, which stay until
//! they are shown.

use falcon_sdk::{
    memory::{Candidate, Error, Item, MemoryPolicy, Query, Ranked, Statistics, draw, ranked},
    serde::Deserialize,
};

/// The policy.
pub struct Reservoir;

/// The settings.
#[derive(Deserialize)]
#[serde(crate = "falcon_sdk::serde")]
pub struct Config {
    seed: u64,
}

impl MemoryPolicy for Reservoir {
    type Config = Config;

    fn rank(_: &Query, candidates: &[Candidate], _: &Config) -> Result<Vec<Ranked>, Error> {
        Ok(ranked(
            candidates.iter().map(|near| (near, near.similarity)),
        ))
    }

    fn evict(
        statistics: &Statistics,
        candidates: &[Item],
        config: &Config,
    ) -> Result<Vec<String>, Error> {
        let key = |item: &&Item| draw(config.seed, &[&item.sequence.to_string()]);
        let mut leaving: Vec<&Item> = candidates.iter().collect();
        leaving.sort_by_cached_key(|item| std::cmp::Reverse((key(item), item.sequence)));
        leaving.truncate(statistics.over());
        Ok(leaving.into_iter().map(|item| item.id.clone()).collect())
    }
}

falcon_sdk::export_memory_policy!(Reservoir);
