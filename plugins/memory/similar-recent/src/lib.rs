//! Keeps verified, short items; shows those that are similar, of the same project, useful and recent.
//!
//! - **admit**: only what passes all of its tests (score 1). A near-duplicate of the specification in
//!   the same project is replaced by a shorter program and refused otherwise, so memory holds few,
//!   distilled items.
//! - **rank**: similarity, plus terms for rare words in common (BM25 over the whole memory), the query's
//!   own project, utility, brevity and recency. A word that only its project knows is told by an item
//!   that has the word, and told best by a short one: one line that discloses a word helps twice as much
//!   as a longer program with the same word.
//! - **compose** and **evict** as the SDK provides them: in rank's order what fits, then the newest attempts; the oldest of
//!   the least useful leave.
//! - **feedback**: Q ← Q + rate · (reward − group − Q).

use falcon_sdk::{
    memory::{Candidate, Decision, Error, Item, MemoryPolicy, Query, Ranked, UNVERIFIED, ranked},
    serde::Deserialize,
};

/// The policy.
pub struct SimilarRecent;

/// The weights.
#[derive(Deserialize)]
#[serde(crate = "falcon_sdk::serde")]
pub struct Config {
    duplicate: f64,
    text: f64,
    project: f64,
    utility: f64,
    recency: f64,
    brevity: f64,
    rate: f64,
}

impl MemoryPolicy for SimilarRecent {
    type Config = Config;

    fn admit(item: &Item, neighbours: &[Candidate], config: &Config) -> Result<Decision, Error> {
        if !item.is_verified() {
            return Ok(Decision::refuse(UNVERIFIED));
        }
        let same = |near: &&Candidate| {
            near.item.project == item.project
                && near.item.language == item.language
                && (near.item.prompt == item.prompt || near.cosine >= config.duplicate)
        };
        // The nearest of them; among equals the one stored first.
        let twin = neighbours.iter().filter(same).max_by(|a, b| {
            let exact = |near: &Candidate| near.item.prompt == item.prompt;
            (exact(a).cmp(&exact(b)))
                .then(a.cosine.total_cmp(&b.cosine))
                .then(b.item.sequence.cmp(&a.item.sequence))
        });
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
        let lengths = candidates.iter().map(|near| near.item.length());
        let shortest = lengths.clone().min().unwrap_or(0);
        let longest = lengths.max().unwrap_or(0);
        let ages = candidates.iter().map(|near| age(query, near));
        let oldest = ages.max().unwrap_or(0);
        let texts = candidates.iter().map(|near| near.text);
        let most = texts.fold(0.0, f64::max);
        let score = |near: &Candidate| {
            let of_project = !query.project.is_empty() && near.item.project == query.project;
            let in_text = if most > 0.0 { near.text / most } else { 0.0 };
            near.similarity
                + config.text * in_text
                + config.project * f64::from(u8::from(of_project))
                + config.utility * near.item.utility
                + config.brevity * share(longest - near.item.length(), longest - shortest)
                + config.recency * share(oldest - age(query, near), oldest)
        };
        let others = candidates
            .iter()
            .filter(|near| near.item.task_id != query.task_id);
        Ok(ranked(others.map(|near| (near, score(near)))))
    }

    fn feedback(item: &Item, reward: f64, group: f64, config: &Config) -> Result<f64, Error> {
        Ok(item.moved(config.rate, reward - group))
    }
}

falcon_sdk::export_memory_policy!(SimilarRecent);

/// Writes since the item was stored.
fn age(query: &Query, near: &Candidate) -> usize {
    usize::try_from(query.newest.saturating_sub(near.item.sequence)).unwrap_or(usize::MAX)
}

/// `part / whole`, 0 of nothing.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}
