//! Memory policies: they decide what memory keeps, recalls and shows. The host owns the storage.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::{begin, bindings::memory::exports::falcon::memory as exports, settings};

pub use crate::{
    Error,
    bindings::memory::exports::falcon::memory::policy::{
        Admission, Attempt, Candidate, Context, Decision, Item, Query, Ranked, Retrieval,
        Statistics,
    },
};

/// Decides what memory keeps, recalls and shows. Implement it on a type without content; an instance
/// serves one call. Equal arguments give equal answers.
pub trait MemoryPolicy {
    /// The settings that the manifest declares; each is always there.
    type Config: DeserializeOwned;

    /// Should a verified item enter, given its nearest neighbours in memory?
    ///
    /// # Errors
    /// Where it cannot be decided; the item is not stored then.
    fn admit(
        item: &Item,
        neighbours: &[Candidate],
        config: &Self::Config,
    ) -> Result<Decision, Error>;

    /// The candidates worth showing for a query, best first; those left out are not shown.
    ///
    /// # Errors
    /// Where it cannot be decided; the whole batch of queries fails then.
    fn rank(
        query: &Query,
        candidates: &[Candidate],
        config: &Self::Config,
    ) -> Result<Vec<Ranked>, Error>;

    /// What is shown, within `budget` characters.
    ///
    /// # Errors
    /// Where it cannot be decided.
    fn compose(
        query: &Query,
        long: &[Candidate],
        short: &[Attempt],
        budget: u32,
        config: &Self::Config,
    ) -> Result<Context, Error>;

    /// Ids of the items that leave when memory is over capacity.
    ///
    /// # Errors
    /// Where it cannot be decided.
    fn evict(
        statistics: &Statistics,
        candidates: &[Item],
        config: &Self::Config,
    ) -> Result<Vec<String>, Error>;

    /// The new utility of an item that was shown: `reward` is the reward with it, `group` the mean of its group.
    ///
    /// # Errors
    /// Where it cannot be decided.
    fn feedback(item: &Item, reward: f64, group: f64, config: &Self::Config) -> Result<f64, Error>;
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

    fn compose(
        query: Query,
        long: Vec<Candidate>,
        short: Vec<Attempt>,
        budget: u32,
        config: String,
    ) -> Result<Context, Error> {
        begin();
        T::compose(&query, &long, &short, budget, &settings(&config)?)
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
