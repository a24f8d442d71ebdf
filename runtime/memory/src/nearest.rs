use std::collections::BTreeMap;

use falcon_episode::Digest;

use crate::policy::{
    Attempt, Candidate, Context, Decision, Item, Occupancy, Policy, PolicyError, Query, Ranked,
};

/// Share of the difference by which one use moves an item's utility.
const UTILITY_STEP: f64 = 0.1;

/// The policy of the tools that ask for no plugin: keeps every item, ranks by similarity alone, lets
/// the oldest go. What a plugin gains is measured against it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nearest;

impl Policy for Nearest {
    fn admit(&self, _item: &Item, _neighbours: &[Candidate]) -> Result<Decision, PolicyError> {
        Ok(Decision::Keep)
    }

    fn rank(&self, queries: &[(Query, Vec<Candidate>)]) -> Result<Vec<Vec<Ranked>>, PolicyError> {
        let ranked = |candidate: &Candidate| Ranked {
            id: candidate.item.id.clone(),
            score: candidate.similarity,
        };
        Ok(queries
            .iter()
            .map(|(_, candidates)| candidates.iter().map(ranked).collect())
            .collect())
    }

    fn compose(
        &self,
        query: &Query,
        long: &[Candidate],
        short: &[Attempt],
        budget: u32,
    ) -> Result<Context, PolicyError> {
        let mut left = budget as usize;
        let mut fits = |text: usize| {
            let fits = text <= left;
            left -= if fits { text } else { 0 };
            fits
        };
        // The newest attempt says most of the task at hand, so it is served first.
        let mut attempts: Vec<usize> = (0..short.len())
            .rev()
            .filter(|&at| {
                fits(short[at].program.chars().count() + short[at].feedback.chars().count())
            })
            .collect();
        attempts.reverse();
        let items = long
            .iter()
            .take(query.limit as usize)
            .map(|candidate| &candidate.item)
            .filter(|item| fits(item.prompt.chars().count() + item.program.chars().count()))
            .map(|item| item.id.clone())
            .collect();
        Ok(Context { items, attempts })
    }

    fn evict(&self, occupancy: Occupancy, candidates: &[Item]) -> Result<Vec<String>, PolicyError> {
        let over = occupancy.items.saturating_sub(occupancy.capacity);
        let mut oldest: Vec<&Item> = candidates.iter().collect();
        oldest.sort_by_key(|item| item.sequence);
        oldest.truncate(usize::try_from(over)?);
        Ok(oldest.into_iter().map(|item| item.id.clone()).collect())
    }

    fn feedback(&self, item: &Item, with: f64, group: f64) -> Result<f64, PolicyError> {
        Ok(item.utility + UTILITY_STEP * (with - group - item.utility))
    }

    fn plugins(&self) -> BTreeMap<String, Digest> {
        BTreeMap::new()
    }
}
