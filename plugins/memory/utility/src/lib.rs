//! Shows what has helped: the utility Q of MemRL (arXiv 2601.03192) in the ranking, and failures apart as warnings.
//!
//! - **admit**: what passes, near-duplicates replaced by shorter programs. What failed enters as a *warning* where execution
//!   said why and no failure of its specification is known; it is never an exemplar.
//! - **rank**: (1 − w) · z(relevance) + w · z(Q), with z the standard score among the candidates: relevance and utility have
//!   scales of their own, and neither must drown the other. Where no item has been shown yet, relevance alone decides.
//! - **evict**: warnings first, the oldest first; then the oldest of the least useful.
//! - **feedback**: Q ← Q + rate · (r_with − r_group − Q).

use falcon_sdk::{
    memory::{Candidate, Decision, Error, Item, MemoryPolicy, Query, Ranked, Statistics, ranked},
    serde::Deserialize,
};

/// The policy.
pub struct Utility;

/// The settings.
#[derive(Deserialize)]
#[serde(crate = "falcon_sdk::serde")]
pub struct Config {
    weight: f64,
    duplicate: f64,
    text: f64,
    rate: f64,
    warnings: bool,
}

impl MemoryPolicy for Utility {
    type Config = Config;

    fn admit(item: &Item, neighbours: &[Candidate], config: &Config) -> Result<Decision, Error> {
        let verified = item.is_verified();
        let alike = |near: &&Candidate| {
            let of = &near.item;
            of.is_verified() == verified
                && of.project == item.project
                && of.language == item.language
                && (of.prompt == item.prompt || near.cosine >= config.duplicate)
        };
        let twin = neighbours.iter().find(alike);
        if !verified {
            return Ok(warning(item, twin.is_some(), config));
        }
        Ok(match twin {
            None => Decision::keep("new"),
            Some(twin) if item.length() < twin.item.length() => {
                Decision::replace(&twin.item.id, "shorter than what is known")
            }
            Some(_) => Decision::refuse("as good is known"),
        })
    }

    fn rank(
        query: &Query,
        candidates: &[Candidate],
        config: &Config,
    ) -> Result<Vec<Ranked>, Error> {
        let exemplars: Vec<&Candidate> = candidates
            .iter()
            .filter(|near| near.item.is_verified() && near.item.task_id != query.task_id)
            .collect();
        let most = exemplars.iter().map(|near| near.text).fold(0.0, f64::max);
        let relevance = |near: &&Candidate| {
            let text = if most > 0.0 { near.text / most } else { 0.0 };
            // Of items as relevant, the shorter one tells more for its length.
            near.similarity + config.text * text - BREVITY * near.item.length() as f64
        };
        let relevance = standard(exemplars.iter().map(relevance));
        let utility = standard(exemplars.iter().map(|near| near.item.utility));
        let both = relevance.iter().zip(&utility);
        let scores = both.map(|(r, q)| (1.0 - config.weight) * r + config.weight * q);
        Ok(ranked(exemplars.iter().copied().zip(scores)))
    }

    fn evict(
        statistics: &Statistics,
        candidates: &[Item],
        _: &Config,
    ) -> Result<Vec<String>, Error> {
        let mut leaving: Vec<&Item> = candidates.iter().collect();
        leaving.sort_by(|a, b| {
            let useful = a.utility.total_cmp(&b.utility);
            (a.is_verified().cmp(&b.is_verified()))
                .then(useful)
                .then(a.sequence.cmp(&b.sequence))
        });
        leaving.truncate(statistics.over());
        Ok(leaving.into_iter().map(|item| item.id.clone()).collect())
    }

    fn feedback(item: &Item, reward: f64, group: f64, config: &Config) -> Result<f64, Error> {
        Ok(item.moved(config.rate, reward - group))
    }
}

falcon_sdk::export_memory_policy!(Utility);

/// What a character of a program costs in relevance: less than a place in a retriever's ranking.
const BREVITY: f64 = 5e-4;

/// Whether a failure enters as a warning.
fn warning(item: &Item, known: bool, config: &Config) -> Decision {
    let says = item
        .details
        .iter()
        .any(|(name, said)| name == "feedback" && !said.is_empty());
    match (config.warnings, says, known) {
        (false, ..) => Decision::refuse("it failed, and warnings are off"),
        (true, false, _) => Decision::refuse("it failed, and execution said nothing"),
        (true, true, true) => Decision::refuse("a failure of its specification is known"),
        (true, true, false) => Decision::keep("a warning"),
    }
}

/// Standard scores: each value's distance from the mean in standard deviations; 0 where all are equal.
fn standard(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let square = |value: &f64| (value - mean) * (value - mean);
    let deviation = (values.iter().map(square).sum::<f64>() / count).sqrt();
    let score = |value: f64| {
        if deviation > 1e-12 {
            (value - mean) / deviation
        } else {
            0.0
        }
    };
    values.into_iter().map(score).collect()
}
