//! Numbers that no version of the table holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Numbers that no table version holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counters {
    /// Number of the newest write.
    pub(crate) newest: u64,
    /// Queries answered.
    pub(crate) retrievals: u64,
    /// Queries answered with at least one item.
    pub(crate) answered: u64,
    /// Items that entered.
    pub(crate) admitted: u64,
    /// Items that left for another.
    pub(crate) replaced: u64,
    /// Items that left because memory was full.
    pub(crate) evicted: u64,
    /// Items refused, by reason.
    pub(crate) refused: BTreeMap<String, u64>,
    /// How memory grew and was asked, a moment a checkpoint.
    #[serde(default)]
    pub(crate) history: Vec<Moment>,
}

/// How much there was of everything at a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Items held.
    pub items: u64,
    /// Items that had entered.
    pub admitted: u64,
    /// Items that had been refused.
    pub refused: u64,
    /// Queries that had been answered.
    pub retrievals: u64,
    /// Of those, how many got at least one item.
    pub answered: u64,
}

/// Reasons of refusal that are told apart, and the characters kept of each: a policy words them, and all of them are in
/// every write and every checkpoint.
const REASONS: usize = 64;
const REASON: usize = 80;
/// What the refusals of further reasons are counted under.
const OTHER_REASONS: &str = "other reasons";

/// Moments kept at most: where there are more, every other one goes.
const MOMENTS: usize = 128;

impl Counters {
    /// Counts a refusal.
    pub(crate) fn refuse(&mut self, reason: &str) {
        let mut reason: String = reason.chars().take(REASON).collect();
        if self.refused.len() >= REASONS && !self.refused.contains_key(&reason) {
            OTHER_REASONS.clone_into(&mut reason);
        }
        *self.refused.entry(reason).or_insert(0) += 1;
    }

    /// Adds how it is now to the history, should anything have changed.
    pub(crate) fn remember(&mut self, items: usize) {
        let now = Moment {
            items: items as u64,
            admitted: self.admitted,
            refused: self.refused.values().sum(),
            retrievals: self.retrievals,
            answered: self.answered,
        };
        if self.history.last() == Some(&now) {
            return;
        }
        self.history.push(now);
        if self.history.len() > MOMENTS {
            // The newest one stays.
            let mut place = self.history.len();
            self.history.retain(|_| {
                place -= 1;
                place.is_multiple_of(2)
            });
        }
    }
}

/// What a checkpoint goes back to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    pub(crate) table_version: u64,
    pub(crate) counters: Counters,
}
