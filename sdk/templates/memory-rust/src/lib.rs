//! Keeps what passes all of its tests, shows what is most similar, and forgets the oldest.
//!
//! The host owns the storage and finds the candidates; a policy only decides. Every call is made in a fresh
//! instance, and equal arguments give equal answers: a resumed run must be the same run.

use falcon_sdk::memory::{
    Candidate, Context, Decision, Error, Item, MemoryPolicy, Prompt, Query, Ranked, Statistics,
};
use serde::Deserialize;

/// The policy.
struct {{type}};

/// The settings, as plugin.toml declares them.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Config {
    rate: f64,
}

impl MemoryPolicy for {{type}} {
    type Config = Config;

    /// Should a verified item enter, given its nearest neighbours in memory?
    fn admit(item: &Item, neighbours: &[Candidate], _: &Config) -> Result<Decision, Error> {
        let known = neighbours.iter().any(|near| near.item.program == item.program);
        Ok(if item.score < 1.0 {
            Decision::refuse("not all of its tests pass")
        } else if known {
            Decision::refuse("the same program is known")
        } else {
            Decision::keep("new")
        })
    }

    /// The candidates worth showing, best first.
    fn rank(_: &Query, candidates: &[Candidate], _: &Config) -> Result<Vec<Ranked>, Error> {
        let mut ranked: Vec<Ranked> = candidates
            .iter()
            .map(|near| Ranked {
                id: near.item.id.clone(),
                score: near.similarity + near.item.utility,
            })
            .collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(ranked)
    }

    /// What a prompt shows: items first, then the newest attempts, each as long as it fits.
    fn compose(prompt: &Prompt, _: &Config) -> Result<Context, Error> {
        let mut left = prompt.budget;
        let mut fits = |tokens: u32| left.checked_sub(tokens).map(|rest| left = rest).is_some();
        let items = prompt
            .long
            .iter()
            .filter(|offer| fits(offer.tokens))
            .take(prompt.query.limit as usize)
            .map(|offer| offer.candidate.item.id.clone())
            .collect();
        let oldest_first: Vec<(u32, _)> = (0..).zip(&prompt.short).collect();
        let mut attempts: Vec<u32> = oldest_first
            .into_iter()
            .rev()
            .filter(|(_, attempt)| fits(attempt.tokens))
            .take(prompt.attempts as usize)
            .map(|(at, _)| at)
            .collect();
        attempts.sort_unstable();
        Ok(Context { items, attempts })
    }

    /// Which items leave when memory is over capacity.
    fn evict(statistics: &Statistics, candidates: &[Item], _: &Config) -> Result<Vec<String>, Error> {
        let over = statistics.items.saturating_sub(statistics.capacity);
        let mut oldest: Vec<&Item> = candidates.iter().collect();
        oldest.sort_by_key(|item| item.sequence);
        oldest.truncate(usize::try_from(over).unwrap_or(usize::MAX));
        Ok(oldest.into_iter().map(|item| item.id.clone()).collect())
    }

    /// The new utility of an item that was shown.
    fn feedback(item: &Item, reward: f64, group: f64, config: &Config) -> Result<f64, Error> {
        Ok(item.utility + config.rate * (reward - group - item.utility))
    }
}

falcon_sdk::export_memory_policy!({{type}});
