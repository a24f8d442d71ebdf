use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Report;

/// From a step on, which judges made the rewards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgesFrom {
    /// The first step that they judge, from 1; 0 for those that the run began with.
    pub step: u64,
    /// Digest of the reward file.
    #[serde(default)]
    pub reward: String,
    /// Digest of each judge, by name.
    #[serde(default)]
    pub judges: BTreeMap<String, String>,
}

/// From a step on, which memory policy decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFrom {
    /// The first step in which it decides, from 1; 0 for the one that the run began with.
    pub step: u64,
    /// Its name.
    #[serde(default)]
    pub policy: String,
    /// Its digest.
    #[serde(default)]
    pub digest: String,
}

/// Before the beginning.
static NOBODY: JudgesFrom = JudgesFrom {
    step: 0,
    reward: String::new(),
    judges: BTreeMap::new(),
};

/// What a step began to go by.
pub(crate) struct Change<'a> {
    /// The step; 0 for the run's beginning.
    pub(crate) step: u64,
    /// What it is for.
    pub(crate) part: &'static str,
    /// A plugin's name; nothing for the reward file.
    pub(crate) name: &'a str,
    /// None where it judges no more.
    pub(crate) digest: Option<&'a str>,
}

impl Report {
    /// Whether judges, reward or memory policy changed while the run trained.
    #[must_use]
    pub fn was_swapped(&self) -> bool {
        self.judges.len() > 1 || self.memory_policies.len() > 1
    }

    /// What each entry of the ledgers changed, by step; the first ones have all that the run began with.
    pub(crate) fn changes(&self) -> Vec<Change<'_>> {
        let before = std::iter::once(&NOBODY).chain(&self.judges);
        let mut changes: Vec<_> = before
            .zip(&self.judges)
            .flat_map(|(before, after)| between(before, after))
            .collect();
        changes.extend(self.memory_policies.iter().map(|entry| Change {
            step: entry.step,
            part: "memory policy",
            name: &entry.policy,
            digest: Some(&entry.digest),
        }));
        changes.sort_by_key(|change| change.step);
        changes
    }
}

/// What is other in the second entry than in the first.
fn between<'a>(before: &'a JudgesFrom, after: &'a JudgesFrom) -> Vec<Change<'a>> {
    let step = after.step;
    let mut changes = Vec::new();
    if before.reward != after.reward {
        changes.push(Change {
            step,
            part: "reward file",
            name: "",
            digest: Some(&after.reward),
        });
    }
    let judge = |name: &'a str, digest| Change {
        step,
        part: "judge",
        name,
        digest,
    };
    let new = after
        .judges
        .iter()
        .filter(|(name, digest)| before.judges.get(*name) != Some(*digest));
    changes.extend(new.map(|(name, digest)| judge(name, Some(digest.as_str()))));
    let gone = before
        .judges
        .keys()
        .filter(|name| !after.judges.contains_key(*name));
    changes.extend(gone.map(|name| judge(name, None)));
    changes
}
