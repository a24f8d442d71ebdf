//! What decides what memory keeps, recalls and shows. The store owns the storage; a policy only decides.
//!
//! The types mirror `wit/memory/v0.1/memory.wit`, so that a plugin stands behind [`Policy`] by plain conversion.

use std::collections::BTreeMap;

use falcon_episode::Digest;

/// What a policy reports when it cannot decide.
pub type PolicyError = Box<dyn std::error::Error + Send + Sync>;

/// A solved task as long-term memory holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Digest of task, behaviour, language and program: equal content has an equal id.
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
    /// `feedback` where there is some, and each score as `score:<name>`.
    pub details: Vec<(String, String)>,
}

/// An item with what the retrievers say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The item.
    pub item: Item,
    /// Sum of reciprocal ranks, scaled so that the first in full text and in vectors has 1, and 1 more
    /// for an exact duplicate of the query's words. Neighbouring places differ by about 0.01.
    pub similarity: f64,
    /// Cosine of the embeddings in -1..=1.
    pub cosine: f64,
    /// BM25 score of the full-text search; 0 where it did not match.
    pub text: f64,
}

/// A question to memory.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The program.
    pub program: String,
    /// Test pass ratio in 0..=1.
    pub score: f64,
    /// What the model is told of it.
    pub feedback: String,
}

/// What becomes of an item that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It enters.
    Keep,
    /// It enters and the item with this id leaves.
    Replace(String),
    /// It does not enter, for this reason.
    Refuse(String),
}

/// A candidate's place in the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// The item's id.
    pub id: String,
    /// Larger is better.
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

/// A memory policy. Deterministic: equal arguments give equal answers.
pub trait Policy: Send + Sync {
    /// Should a verified item enter, given its nearest neighbours in memory?
    ///
    /// # Errors
    /// Where the policy fails; the batch of items is then not stored.
    fn admit(&self, item: &Item, neighbours: &[Candidate]) -> Result<Decision, PolicyError>;

    /// Orders the candidates of many queries, best first; those left out are not shown. One list a query.
    ///
    /// # Errors
    /// Where the policy fails.
    fn rank(&self, queries: &[(Query, Vec<Candidate>)]) -> Result<Vec<Vec<Ranked>>, PolicyError>;

    /// Chooses what is shown within a budget of `budget` characters.
    ///
    /// # Errors
    /// Where the policy fails.
    fn compose(
        &self,
        query: &Query,
        long: &[Candidate],
        short: &[Attempt],
        budget: u32,
    ) -> Result<Context, PolicyError>;

    /// Ids of the candidates that leave when memory is over capacity.
    ///
    /// # Errors
    /// Where the policy fails.
    fn evict(&self, occupancy: Occupancy, candidates: &[Item]) -> Result<Vec<String>, PolicyError>;

    /// The new utility of an item that was shown: `with` is the reward with it, `group` the group's mean.
    ///
    /// # Errors
    /// Where the policy fails.
    fn feedback(&self, item: &Item, with: f64, group: f64) -> Result<f64, PolicyError>;

    /// Digest of the plugin that decides, by name; empty for a policy that is part of FALCON itself.
    fn plugins(&self) -> BTreeMap<String, Digest>;
}
