//! What prompts show, of both memories, under the policy.

use falcon_episode::{MemoryAsk, MemoryContext};

use super::{
    Store,
    read::{RANKING, asked, exemplar, in_order},
};
use crate::{
    error::Result,
    policy::{Candidate, Offer, Prompt},
};

/// Ranked items that a policy chooses among for each one that may be shown, so that it can take a smaller one.
const CHOICE: usize = 4;

impl Store {
    /// What many prompts show. `tokens` says what an item takes of the budget; none where it cannot be written.
    pub(super) fn compose_prompts(
        &self,
        asks: &[MemoryAsk],
        tokens: &dyn Fn(&str, &str) -> Option<u32>,
    ) -> Result<Vec<MemoryContext>> {
        // A prompt without room for an item asks nothing.
        let asking = asks.iter().filter(|ask| ask.query.limit > 0);
        let queries: Vec<_> = asking.map(|ask| ask.query.clone()).collect();
        let (found, ranked) = if queries.is_empty() {
            Default::default()
        } else {
            self.ranked(&queries)?
        };
        let mut found = found.into_iter().zip(ranked);
        let newest = self.read().counters.newest;
        let mut prompts = Vec::with_capacity(asks.len());
        let mut scores = Vec::with_capacity(asks.len());
        for ask in asks {
            let nothing = || ((asked(&ask.query, newest), Vec::new()), Vec::new());
            let ((query, candidates), ranked) = if ask.query.limit > 0 {
                found.next().unwrap_or_else(nothing)
            } else {
                nothing()
            };
            let placed = in_order(&candidates, ranked)
                .map_err(|source| self.policy_failed(RANKING, source))?;
            let offer = |(candidate, score): &(&Candidate, f64)| {
                let item = &candidate.item;
                let offer = Offer {
                    candidate: (*candidate).clone(),
                    tokens: tokens(&item.prompt, &item.program)?,
                };
                Some((offer, *score))
            };
            let offers = placed.iter().filter_map(offer);
            let (long, of_long): (Vec<Offer>, Vec<f64>) =
                offers.take(CHOICE * ask.query.limit).unzip();
            scores.push(of_long);
            prompts.push(Prompt {
                query,
                long,
                short: ask.attempts.clone(),
                attempts: ask.limit,
                budget: ask.budget,
            });
        }
        let contexts = self.policy.compose(&prompts);
        let failed = |source| self.policy_failed("composing prompts", source);
        let contexts = contexts.map_err(failed)?;
        if contexts.len() != prompts.len() {
            let source = format!("{} prompts got {} contexts", prompts.len(), contexts.len());
            return Err(failed(source.into()));
        }
        let mut shown = Vec::with_capacity(contexts.len());
        for ((context, prompt), scores) in contexts.into_iter().zip(&prompts).zip(&scores) {
            let mut exemplars = Vec::new();
            for id in context.items {
                let at = prompt
                    .long
                    .iter()
                    .position(|one| one.candidate.item.id == id);
                let Some(at) = at else {
                    let source = format!("it shows {id:?}, which was not offered").into();
                    return Err(failed(source));
                };
                exemplars.push(exemplar(&prompt.long[at].candidate, scores[at]));
            }
            let attempts = context.attempts;
            if let Some(at) = attempts.iter().find(|at| **at >= prompt.short.len()) {
                let source = format!("it shows attempt {at} of {}", prompt.short.len()).into();
                return Err(failed(source));
            }
            shown.push(MemoryContext {
                exemplars,
                attempts,
            });
        }
        let answered = shown.iter().filter(|one| !one.exemplars.is_empty());
        self.count(queries.len(), answered.count());
        Ok(shown)
    }
}
