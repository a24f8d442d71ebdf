//! Memory policies: they decide what memory keeps, recalls and shows, in a fresh instance each time.
//!
//! The types are those of the newest track; `falcon-memory` owns the storage behind them.

mod v0_1;

use std::sync::Arc;

use wasmtime::component::InstancePre;

use crate::{CallError, Failure, Plugin, PluginId, plugin::Call, services::Guest};

/// A solved task as long-term memory holds it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// Names it in memory.
    pub id: String,
    /// The task's id.
    pub task_id: String,
    /// Tasks of one project share words that only its earlier tasks disclose; empty for none.
    pub project: String,
    /// Task family.
    pub family: String,
    /// Language pack name.
    pub language: String,
    /// The specification's words.
    pub prompt: String,
    /// The program.
    pub program: String,
    /// Test pass ratio in 0..=1, found by execution.
    pub score: f64,
    /// How much showing the item has helped, 0 at first.
    pub utility: f64,
    /// How often it was shown.
    pub uses: u32,
    /// Number of the write that stored it; larger is newer.
    pub sequence: u64,
    /// More, by name.
    pub details: Vec<(String, String)>,
}

/// An item with what the retrievers say of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidate {
    /// The item.
    pub item: Item,
    /// Fused reciprocal-rank score; larger is nearer.
    pub similarity: f64,
    /// Cosine of the embeddings in -1..=1.
    pub cosine: f64,
    /// BM25 score of the full-text search; 0 where it did not match.
    pub text: f64,
}

/// A question to memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// The task's id.
    pub task_id: String,
    /// Its project; empty for none.
    pub project: String,
    /// Task family.
    pub family: String,
    /// Language pack name.
    pub language: String,
    /// The specification's words.
    pub prompt: String,
    /// How many items may be shown.
    pub limit: u32,
    /// Number of the newest write, so that `newest - sequence` is an item's age.
    pub newest: u64,
    /// More, by name.
    pub details: Vec<(String, String)>,
}

/// An attempt of short-term memory on the task at hand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attempt {
    /// The program.
    pub program: String,
    /// Test pass ratio in 0..=1.
    pub score: f64,
    /// What the model is told of it.
    pub feedback: String,
}

/// What becomes of an item that is offered, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It enters.
    Keep {
        /// Why.
        reason: String,
    },
    /// It enters, and another leaves.
    Replace {
        /// The id of the neighbour that leaves.
        victim: String,
        /// Why.
        reason: String,
    },
    /// It does not enter.
    Refuse {
        /// Why.
        reason: String,
    },
}

/// A candidate's place in the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// The item's id.
    pub id: String,
    /// Larger is better; finite.
    pub score: f64,
}

/// What goes into the prompt, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Ids of long-term items.
    pub items: Vec<String>,
    /// Positions of short-term attempts.
    pub attempts: Vec<usize>,
}

/// How full memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occupancy {
    /// Items held.
    pub items: u64,
    /// Items that may be held.
    pub capacity: u64,
    /// Number of the newest write.
    pub newest: u64,
}

/// A memory policy with its settings, ready to be called from any thread.
#[derive(Clone)]
pub struct MemoryPolicy {
    plugin: Plugin,
    track: Arc<dyn Track>,
    config: String,
}

/// One version of the policies' interface.
pub(crate) trait Track: Send + Sync {
    fn admit(
        &self,
        call: Call<'_>,
        item: &Item,
        neighbours: &[Candidate],
    ) -> Result<Decision, Failure>;

    fn rank(
        &self,
        call: Call<'_>,
        queries: &[(Query, Vec<Candidate>)],
    ) -> Result<Vec<Vec<Ranked>>, Failure>;

    fn compose(
        &self,
        call: Call<'_>,
        query: &Query,
        long: &[Candidate],
        short: &[Attempt],
        budget: u32,
    ) -> Result<Context, Failure>;

    fn evict(
        &self,
        call: Call<'_>,
        occupancy: Occupancy,
        candidates: &[Item],
    ) -> Result<Vec<String>, Failure>;

    fn feedback(
        &self,
        call: Call<'_>,
        item: &Item,
        reward: f64,
        group: f64,
    ) -> Result<f64, Failure>;
}

/// The track of a component that exports the interface.
pub(crate) fn link(pre: &InstancePre<Guest>) -> wasmtime::Result<Arc<dyn Track>> {
    // There is one track so far; with a second, the component's exported version chooses here.
    Ok(Arc::new(v0_1::Linked::new(pre)?))
}

impl MemoryPolicy {
    pub(crate) fn new(plugin: Plugin, track: Arc<dyn Track>, config: String) -> Self {
        Self {
            plugin,
            track,
            config,
        }
    }

    /// The plugin's identity.
    #[must_use]
    pub fn id(&self) -> &PluginId {
        self.plugin.id()
    }

    /// Its settings, as a JSON object with every default filled in.
    #[must_use]
    pub fn config(&self) -> &str {
        &self.config
    }

    /// Should a verified item enter, given its nearest neighbours in memory?
    ///
    /// # Errors
    /// Where the plugin fails, or names a victim that is no neighbour.
    pub fn admit(&self, item: &Item, neighbours: &[Candidate]) -> Result<Decision, CallError> {
        let decision = self.answer(self.track.admit(self.call(), item, neighbours))?;
        match &decision {
            Decision::Replace { victim, .. }
                if !neighbours.iter().any(|near| near.item.id == *victim) =>
            {
                self.nonsense(format!("it replaces {victim:?}, which is no neighbour"))
            }
            _ => Ok(decision),
        }
    }

    /// Orders the candidates of many queries, best first; those left out are not shown. One list a query.
    ///
    /// # Errors
    /// Where the plugin fails, or names an item that is no candidate, or one twice.
    pub fn rank(&self, queries: &[(Query, Vec<Candidate>)]) -> Result<Vec<Vec<Ranked>>, CallError> {
        let ranked = self.answer(self.track.rank(self.call(), queries))?;
        if ranked.len() != queries.len() {
            return self.nonsense(format!(
                "{} lists for {} queries",
                ranked.len(),
                queries.len()
            ));
        }
        for (list, (_, candidates)) in ranked.iter().zip(queries) {
            let ids = candidates.iter().map(|near| near.item.id.as_str());
            self.among(list.iter().map(|ranked| ranked.id.as_str()), ids)?;
            if let Some(ranked) = list.iter().find(|ranked| !ranked.score.is_finite()) {
                return self.nonsense(format!("a score of {} for {:?}", ranked.score, ranked.id));
            }
        }
        Ok(ranked)
    }

    /// Chooses what is shown within a budget of `budget` characters.
    ///
    /// # Errors
    /// Where the plugin fails, or chooses what it was not given.
    pub fn compose(
        &self,
        query: &Query,
        long: &[Candidate],
        short: &[Attempt],
        budget: u32,
    ) -> Result<Context, CallError> {
        let context = self.answer(self.track.compose(self.call(), query, long, short, budget))?;
        let ids = long.iter().map(|near| near.item.id.as_str());
        self.among(context.items.iter().map(String::as_str), ids)?;
        match context.attempts.iter().find(|at| **at >= short.len()) {
            Some(at) => self.nonsense(format!("attempt {at} of {}", short.len())),
            None => Ok(context),
        }
    }

    /// Ids of the candidates that leave when memory is over capacity.
    ///
    /// # Errors
    /// Where the plugin fails, or names what is no candidate.
    pub fn evict(
        &self,
        occupancy: Occupancy,
        candidates: &[Item],
    ) -> Result<Vec<String>, CallError> {
        let leaving = self.answer(self.track.evict(self.call(), occupancy, candidates))?;
        self.among(
            leaving.iter().map(String::as_str),
            candidates.iter().map(|item| item.id.as_str()),
        )?;
        Ok(leaving)
    }

    /// The new utility of an item that was shown: `reward` is the reward with it, `group` the mean of its group.
    ///
    /// # Errors
    /// Where the plugin fails, or the utility is not finite.
    pub fn feedback(&self, item: &Item, reward: f64, group: f64) -> Result<f64, CallError> {
        let utility = self.answer(self.track.feedback(self.call(), item, reward, group))?;
        if utility.is_finite() {
            Ok(utility)
        } else {
            self.nonsense(format!("a utility of {utility}"))
        }
    }

    fn call(&self) -> Call<'_> {
        self.plugin.call(&self.config)
    }

    fn answer<T>(&self, answer: Result<T, Failure>) -> Result<T, CallError> {
        answer.map_err(|failure| self.plugin.failed(failure))
    }

    fn nonsense<T>(&self, text: String) -> Result<T, CallError> {
        Err(self.plugin.failed(Failure::Nonsense(text)))
    }

    /// That each id named is one of those given, and named once.
    fn among<'a>(
        &self,
        named: impl Iterator<Item = &'a str>,
        given: impl Iterator<Item = &'a str>,
    ) -> Result<(), CallError> {
        let mut left: std::collections::HashSet<_> = given.collect();
        let mut named = named;
        match named.find(|id| !left.remove(id)) {
            Some(id) => self.nonsense(format!("{id:?} was not given, or is named twice")),
            None => Ok(()),
        }
    }
}

impl std::fmt::Debug for MemoryPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemoryPolicy({}, {})", self.id(), self.config)
    }
}
