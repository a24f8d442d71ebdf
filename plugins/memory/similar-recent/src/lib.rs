//! Keeps verified, short items; shows those that are similar, of the same project, useful and recent.
//!
//! - **admit**: only what passes all of its tests (score 1). A near-duplicate of the specification in
//!   the same project is replaced by a shorter program and refused otherwise, so memory holds few,
//!   distilled items.
//! - **rank**: similarity, plus terms for rare words in common (BM25 over the whole memory), the query's
//!   own project, utility, brevity and recency. A word that only its project knows is told by an item
//!   that has the word, and told best by a short one: one line that discloses a word helps twice as much
//!   as a longer program with the same word.
//! - **compose**: in rank's order, as many as the query asks for and the budget holds; then the newest
//!   attempts.
//! - **evict**: the oldest of the least useful.
//! - **feedback**: Q ← Q + rate · (reward − group − Q).

use falcon_sdk::{
    memory::{
        Attempt, Candidate, Context, Decision, Error, Item, MemoryPolicy, Query, Ranked, Statistics,
    },
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

/// Least score of what is kept. Scores are ratios of small whole numbers, so only 1 is above it.
const VERIFIED: f64 = 1.0 - 1e-9;

impl MemoryPolicy for SimilarRecent {
    type Config = Config;

    fn admit(item: &Item, neighbours: &[Candidate], config: &Config) -> Result<Decision, Error> {
        if item.score < VERIFIED {
            return Ok(Decision::refuse("not all of its tests pass"));
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
            Some(twin) if length(&item.program) < length(&twin.item.program) => {
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
        let lengths = candidates.iter().map(|near| length(&near.item.program));
        let shortest = lengths.clone().min().unwrap_or(0);
        let longest = lengths.max().unwrap_or(0);
        let ages = candidates.iter().map(|near| age(query, near));
        let oldest = ages.max().unwrap_or(0);
        let texts = candidates.iter().map(|near| near.text);
        let most = texts.fold(0.0, f64::max);
        let mut ranked: Vec<(Ranked, u64)> = candidates
            .iter()
            .filter(|near| near.item.task_id != query.task_id)
            .map(|near| {
                let of_project = !query.project.is_empty() && near.item.project == query.project;
                let in_text = if most > 0.0 { near.text / most } else { 0.0 };
                let score = near.similarity
                    + config.text * in_text
                    + config.project * f64::from(u8::from(of_project))
                    + config.utility * near.item.utility
                    + config.brevity
                        * share(longest - length(&near.item.program), longest - shortest)
                    + config.recency * share(oldest - age(query, near), oldest);
                (
                    Ranked {
                        id: near.item.id.clone(),
                        score,
                    },
                    near.item.sequence,
                )
            })
            .collect();
        ranked.sort_by(|(a, newer), (b, older)| b.score.total_cmp(&a.score).then(older.cmp(newer)));
        Ok(ranked.into_iter().map(|(ranked, _)| ranked).collect())
    }

    fn compose(
        query: &Query,
        long: &[Candidate],
        short: &[Attempt],
        budget: u32,
        _: &Config,
    ) -> Result<Context, Error> {
        let mut left = budget as usize;
        let mut fits = |size: usize| left.checked_sub(size).map(|rest| left = rest).is_some();
        let items = long
            .iter()
            .filter(|near| fits(length(&near.item.prompt) + length(&near.item.program)))
            .take(query.limit as usize)
            .map(|near| near.item.id.clone())
            .collect();
        let newest = short.iter().rev();
        let shown = newest
            .take_while(|attempt| fits(length(&attempt.program) + length(&attempt.feedback)))
            .count();
        let attempts = (short.len() - shown..short.len())
            .filter_map(|at| u32::try_from(at).ok())
            .collect();
        Ok(Context { items, attempts })
    }

    fn evict(
        statistics: &Statistics,
        candidates: &[Item],
        _: &Config,
    ) -> Result<Vec<String>, Error> {
        let over = statistics.items.saturating_sub(statistics.capacity);
        let mut leaving: Vec<&Item> = candidates.iter().collect();
        leaving.sort_by(|a, b| {
            a.utility
                .total_cmp(&b.utility)
                .then(a.sequence.cmp(&b.sequence))
        });
        leaving.truncate(usize::try_from(over).unwrap_or(usize::MAX));
        Ok(leaving.into_iter().map(|item| item.id.clone()).collect())
    }

    fn feedback(item: &Item, reward: f64, group: f64, config: &Config) -> Result<f64, Error> {
        Ok(item.utility + config.rate * (reward - group - item.utility))
    }
}

falcon_sdk::export_memory_policy!(SimilarRecent);

/// In characters.
fn length(text: &str) -> usize {
    text.chars().count()
}

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
