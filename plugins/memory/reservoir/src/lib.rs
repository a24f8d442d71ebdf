//! A fair sample of all that ever passed: algorithm R (J. S. Vitter, Random Sampling with a Reservoir, ACM TOMS 11(1), 1985).
//!
//! Every verified item enters. Where memory is over its capacity k, the n-th write stays with probability k/n, in the place of any
//! of those before it: of n writes each is held with the same probability. The draw follows from n and the seed alone.
//! The host shows at most 4096 items to choose from; with a larger capacity the sample is fair among those it draws.

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
        let mut oldest: Vec<&Item> = candidates.iter().collect();
        oldest.sort_by_key(|item| item.sequence);
        let capacity = oldest.len().saturating_sub(statistics.over());
        let arriving = oldest.split_off(capacity);
        let mut leaving = Vec::new();
        for item in arriving {
            match place(item.sequence, config.seed).filter(|at| *at < capacity) {
                Some(at) => leaving.push(std::mem::replace(&mut oldest[at], item).id.clone()),
                None => leaving.push(item.id.clone()),
            }
        }
        Ok(leaving)
    }
}

/// A place below `n` for the `n`-th write; none where no memory has so many places.
fn place(n: u64, seed: u64) -> Option<usize> {
    usize::try_from(draw(seed, &[&n.to_string()]) % n.max(1)).ok()
}

falcon_sdk::export_memory_policy!(Reservoir);
