//! Long-term memory as a policy sees it. The store owns the storage; a policy only decides.
//!
//! These are the types of the newest track of `wit/memory`: the host converts plugins of every track to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Digest, Episode, Severity, Uses, Verdict};

/// Items that a memory may hold where nobody says otherwise.
pub const CAPACITY: usize = 50_000;

/// What a policy reports when it cannot decide.
pub type PolicyError = Box<dyn std::error::Error + Send + Sync>;

/// A program for a task as long-term memory holds it: a solved one, or where its score is below 1 a failed one.
#[derive(Clone, Debug, Default, PartialEq)]
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidate {
    /// The item.
    pub item: Item,
    /// Sum of reciprocal ranks, scaled so that the first in full text and in vectors has 1, and 1 more
    /// for an exact duplicate of the query's words. Further rankings, where there are some, add to it: the first by examples
    /// a quarter, the first by a learned encoder a half. Neighbouring places differ by about 0.01.
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

/// How executing an attempt ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The verdict's name, as [`Verdict::name`](crate::Verdict::name) has it.
    pub verdict: String,
    /// The error's class in its language; empty where none was raised.
    pub class: String,
    /// The line of the program, from 1; 0 where it is not known.
    pub line: u32,
    /// The first test that did not hold, from 1; 0 where none ran.
    pub test: u32,
    /// All of that in a sentence, as [`Episode::feedback`] writes it.
    pub said: String,
}

/// An attempt of short-term memory on the task at hand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// The program.
    pub program: String,
    /// Test pass ratio in 0..=1.
    pub score: f64,
    /// 1 for a first attempt. Those that were written at the same time have the same number.
    pub number: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// What showing it takes, in tokens of the model that reads it.
    pub tokens: u32,
}

/// A candidate that a prompt may show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offer {
    /// The candidate.
    pub candidate: Candidate,
    /// What showing it takes, in tokens of the model that reads it.
    pub tokens: u32,
}

/// A prompt that is to be written, and what it may show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    /// The question; its `limit` is how many items may be shown.
    pub query: Query,
    /// In the policy's own order.
    pub long: Vec<Offer>,
    /// Oldest first.
    pub short: Vec<Attempt>,
    /// How many attempts may be shown.
    pub attempts: u32,
    /// What items and attempts may take together, in tokens.
    pub budget: u32,
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

/// A memory policy. Deterministic: equal arguments give equal answers.
pub trait Policy: Send + Sync {
    /// Should an item enter, given its nearest neighbours in memory?
    ///
    /// # Errors
    /// Where the policy fails; the batch of items is then not stored.
    fn admit(&self, item: &Item, neighbours: &[Candidate]) -> Result<Decision, PolicyError>;

    /// Orders the candidates of many queries, best first; those left out are not shown. One list a query. All of them passed
    /// their tests: what failed is no candidate for an exemplar.
    ///
    /// # Errors
    /// Where the policy fails.
    fn rank(&self, queries: &[(Query, Vec<Candidate>)]) -> Result<Vec<Vec<Ranked>>, PolicyError>;

    /// Chooses what each of many prompts shows, within its limits and its budget. One context a prompt.
    ///
    /// # Errors
    /// Where the policy fails.
    fn compose(&self, prompts: &[Prompt]) -> Result<Vec<Context>, PolicyError>;

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

    /// Which services of the host it used since this was asked last, in calls that failed too.
    fn take_uses(&self) -> Uses;
}

impl Outcome {
    /// What an episode over a task's tests says.
    #[must_use]
    pub fn of(episode: &Episode) -> Self {
        let number = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
        let failed = episode
            .tests
            .iter()
            .position(|test| test.verdict != Verdict::Passed);
        let raised = failed.and_then(|at| episode.tests[at].at.as_ref());
        let refused = || {
            let mut found = episode.diagnostics.iter();
            found.find(|found| found.severity == Severity::Error)
        };
        let error = raised.or_else(refused);
        Self {
            verdict: episode.verdict.name().to_owned(),
            class: error.map_or_else(String::new, |error| error.class.clone()),
            line: error.map_or(0, |error| error.line),
            test: failed.map_or(0, number),
            said: episode.feedback(),
        }
    }
}

impl Context {
    /// Whether it shows nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.attempts.is_empty()
    }
}
