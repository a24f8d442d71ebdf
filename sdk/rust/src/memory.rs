//! Memory policies: they decide what memory keeps, recalls and shows. The host owns the storage.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::{begin, bindings::memory::exports::falcon::memory as exports, settings};

pub use crate::{
    Error,
    bindings::memory::exports::falcon::memory::policy::{
        Admission, Attempt, Candidate, Context, Decision, Item, Offer, Outcome, Prompt, Query,
        Ranked, Retrieval, Statistics,
    },
};

/// How far one use moves an item's utility, where a policy does not say otherwise.
pub const RATE: f64 = 0.1;

/// Decides what memory keeps, recalls and shows. Implement it on a type without content; an instance
/// serves one call. Equal arguments give equal answers.
///
/// A policy says what is its own: all but `rank` has a usual answer.
pub trait MemoryPolicy {
    /// The settings that the manifest declares; each is always there.
    type Config: DeserializeOwned;

    /// Should an item enter, given its nearest neighbours in memory? Provided: where all of its tests pass.
    ///
    /// # Errors
    /// Where it cannot be decided; the item is not stored then.
    fn admit(item: &Item, _: &[Candidate], _: &Self::Config) -> Result<Decision, Error> {
        Ok(if item.is_verified() {
            Decision::keep("all of its tests pass")
        } else {
            Decision::refuse(UNVERIFIED)
        })
    }

    /// The candidates worth showing for a query, best first; those left out are not shown.
    ///
    /// # Errors
    /// Where it cannot be decided; the whole batch of queries fails then.
    fn rank(
        query: &Query,
        candidates: &[Candidate],
        config: &Self::Config,
    ) -> Result<Vec<Ranked>, Error>;

    /// What a prompt shows, within its limits and its budget. Provided: [`Prompt::filled`].
    ///
    /// # Errors
    /// Where it cannot be decided.
    fn compose(prompt: &Prompt, _: &Self::Config) -> Result<Context, Error> {
        Ok(prompt.filled())
    }

    /// Ids of the items that leave when memory is over capacity. Provided: [`Statistics::least_useful`].
    ///
    /// # Errors
    /// Where it cannot be decided.
    fn evict(
        statistics: &Statistics,
        candidates: &[Item],
        _: &Self::Config,
    ) -> Result<Vec<String>, Error> {
        Ok(statistics.least_useful(candidates))
    }

    /// The new utility of an item that was shown: `reward` is the reward with it, `group` the mean of its group.
    /// Provided: Q ← Q + 0.1 · (reward − group − Q).
    ///
    /// # Errors
    /// Where it cannot be decided.
    fn feedback(item: &Item, reward: f64, group: f64, _: &Self::Config) -> Result<f64, Error> {
        Ok(item.moved(RATE, reward - group))
    }
}

/// Why an item that failed a test is refused.
pub const UNVERIFIED: &str = "not all of its tests pass";

impl Item {
    /// Whether all of its tests pass. Scores are ratios of small whole numbers, so only 1 is above the bound.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.score >= 1.0 - 1e-9
    }

    /// Its utility, moved by a share `rate` towards a reward's advantage.
    #[must_use]
    pub fn moved(&self, rate: f64, advantage: f64) -> f64 {
        self.utility + rate * (advantage - self.utility)
    }

    /// Characters of its program.
    #[must_use]
    pub fn length(&self) -> usize {
        self.program.chars().count()
    }
}

impl Prompt {
    /// Items in their order, as many as may be shown and fit; then attempts, those of the newest round first and of one
    /// round the earlier ones, shown oldest first.
    #[must_use]
    pub fn filled(&self) -> Context {
        let mut left = self.budget;
        let mut fits = |tokens: u32| left.checked_sub(tokens).map(|rest| left = rest).is_some();
        let items = self.long.iter().filter(|offer| fits(offer.tokens));
        let items = items
            .take(self.query.limit as usize)
            .map(|offer| offer.candidate.item.id.clone())
            .collect();
        let mut newest: Vec<(u32, &Attempt)> = (0..).zip(&self.short).collect();
        newest.sort_by_key(|(_, attempt)| std::cmp::Reverse(attempt.number));
        let newest = newest
            .into_iter()
            .filter(|(_, attempt)| fits(attempt.tokens));
        let shown = newest.take(self.attempts as usize).map(|(at, _)| at);
        let mut attempts: Vec<u32> = shown.collect();
        attempts.sort_unstable();
        Context { items, attempts }
    }
}

impl Statistics {
    /// Items above the capacity.
    #[must_use]
    pub fn over(&self) -> usize {
        usize::try_from(self.items.saturating_sub(self.capacity)).unwrap_or(usize::MAX)
    }

    /// As many as must leave: the oldest of the least useful.
    #[must_use]
    pub fn least_useful(&self, candidates: &[Item]) -> Vec<String> {
        let mut leaving: Vec<&Item> = candidates.iter().collect();
        leaving.sort_by(|a, b| {
            let useful = a.utility.total_cmp(&b.utility);
            useful.then(a.sequence.cmp(&b.sequence))
        });
        leaving.truncate(self.over());
        leaving.into_iter().map(|item| item.id.clone()).collect()
    }
}

/// The candidates by score, the best first; of equal ones the newer.
#[must_use]
pub fn ranked<'a>(scored: impl IntoIterator<Item = (&'a Candidate, f64)>) -> Vec<Ranked> {
    let mut scored: Vec<(&Candidate, f64)> = scored.into_iter().collect();
    scored.sort_by(|(a, of_a), (b, of_b)| {
        let better = of_b.total_cmp(of_a);
        better.then(b.item.sequence.cmp(&a.item.sequence))
    });
    let place = |(near, score): (&Candidate, f64)| Ranked {
        id: near.item.id.clone(),
        score,
    };
    scored.into_iter().map(place).collect()
}

/// A number that follows from a seed and names and looks random: a policy has no other chance. The names are hashed by
/// FNV-1a and mixed by the end of SplitMix64.
#[must_use]
pub fn draw(seed: u64, names: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for name in names {
        // A byte that no text has, so that names do not run together.
        for byte in name.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

impl Decision {
    /// The item enters.
    #[must_use]
    pub fn keep(reason: impl Into<String>) -> Self {
        Self {
            admission: Admission::Keep,
            victim: String::new(),
            reason: reason.into(),
        }
    }

    /// The item enters and the item with the id `victim` leaves.
    #[must_use]
    pub fn replace(victim: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            admission: Admission::Replace,
            victim: victim.into(),
            reason: reason.into(),
        }
    }

    /// The item does not enter.
    #[must_use]
    pub fn refuse(reason: impl Into<String>) -> Self {
        Self {
            admission: Admission::Refuse,
            victim: String::new(),
            reason: reason.into(),
        }
    }
}

/// Serves a [`MemoryPolicy`] to the host; [`export_memory_policy!`](crate::export_memory_policy) uses it.
#[doc(hidden)]
pub struct Served<T>(PhantomData<T>);

impl<T: MemoryPolicy> exports::policy::Guest for Served<T> {
    fn admit(item: Item, neighbours: Vec<Candidate>, config: String) -> Result<Decision, Error> {
        begin();
        T::admit(&item, &neighbours, &settings(&config)?)
    }

    fn rank(retrievals: Vec<Retrieval>, config: String) -> Result<Vec<Vec<Ranked>>, Error> {
        begin();
        let config = settings(&config)?;
        retrievals
            .iter()
            .map(|found| T::rank(&found.query, &found.candidates, &config))
            .collect()
    }

    fn compose(prompts: Vec<Prompt>, config: String) -> Result<Vec<Context>, Error> {
        begin();
        let config = settings(&config)?;
        let composed = prompts.iter().map(|prompt| T::compose(prompt, &config));
        composed.collect()
    }

    fn evict(
        statistics: Statistics,
        candidates: Vec<Item>,
        config: String,
    ) -> Result<Vec<String>, Error> {
        begin();
        T::evict(&statistics, &candidates, &settings(&config)?)
    }

    fn feedback(item: Item, reward: f64, group: f64, config: String) -> Result<f64, Error> {
        begin();
        T::feedback(&item, reward, group, &settings(&config)?)
    }
}

/// Makes the crate a memory policy plugin: `export_memory_policy!(MyPolicy);`.
#[macro_export]
macro_rules! export_memory_policy {
    ($policy:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(missing_docs, unsafe_code)]
        mod falcon_exports {
            use super::*;
            type Plugin = $crate::memory::Served<$policy>;
            $crate::bindings::memory::export_bindings!(Plugin with_types_in $crate::bindings::memory);
        }
    };
}
