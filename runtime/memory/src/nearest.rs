use std::collections::BTreeMap;

use falcon_episode::{Digest, Uses};

use crate::policy::{
    Candidate, Context, Decision, Item, Occupancy, Policy, PolicyError, Prompt, Query, Ranked,
};

/// Share of the difference by which one use moves an item's utility.
const UTILITY_STEP: f64 = 0.1;

/// The policy of the tools that ask for no plugin: keeps every item, ranks by similarity alone, lets
/// the oldest go. What a plugin gains is measured against it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nearest;

impl Policy for Nearest {
    fn admit(&self, _item: &Item, _neighbours: &[Candidate]) -> Result<Decision, PolicyError> {
        Ok(Decision::Keep {
            reason: "every item is kept".to_owned(),
        })
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

    fn compose(&self, prompts: &[Prompt]) -> Result<Vec<Context>, PolicyError> {
        Ok(prompts.iter().map(filled).collect())
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

    fn take_uses(&self) -> Uses {
        Uses::default()
    }
}

/// The newest attempts, which say most of the task at hand, then items in their order, as far as they fit.
fn filled(prompt: &Prompt) -> Context {
    let mut left = prompt.budget;
    let mut fits = |tokens: u32| left.checked_sub(tokens).map(|rest| left = rest).is_some();
    let mut attempts: Vec<usize> = (0..prompt.short.len())
        .rev()
        .filter(|at| fits(prompt.short[*at].tokens))
        .take(prompt.attempts as usize)
        .collect();
    attempts.reverse();
    let long = prompt.long.iter().filter(|offer| fits(offer.tokens));
    let items = long
        .take(prompt.query.limit as usize)
        .map(|offer| offer.candidate.item.id.clone());
    Context {
        items: items.collect(),
        attempts,
    }
}
