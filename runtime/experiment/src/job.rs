//! The runs of a plan, in the order in which they are made.

use std::path::{Path, PathBuf};

use falcon_episode::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::{Arm, ArmKind, Plan, Setting};

/// What the warm starts are called where an arm's name stands.
pub const WARM_START: &str = "warm-start";

/// One run to be made.
#[derive(Clone, Debug)]
pub struct Job {
    /// The arm's name, or [`WARM_START`].
    pub arm: String,
    /// For people.
    pub title: String,
    /// The seed.
    pub seed: u64,
    /// The run's folder.
    pub folder: PathBuf,
    /// All that decides it; the recipe has its share of compute in it.
    pub setting: Setting,
    /// The model that reinforcement learning starts from; none for a warm start of its own.
    pub model: Option<PathBuf>,
}

impl Job {
    /// Whether it is the warm start that arms share: made and measured, and nothing after.
    #[must_use]
    pub fn is_warm_start(&self) -> bool {
        self.arm == WARM_START
    }
}

/// What a run was begun with: `job.json` beside its report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) seed: u64,
    pub(crate) config: Digest,
    /// Of the run that it starts from, its result.
    pub(crate) from: Option<Digest>,
    /// Plugins, judges and reward, by name.
    pub(crate) parts: BTreeMap<String, Digest>,
}

impl Record {
    /// What differs, for people; none where nothing does.
    pub(crate) fn difference(&self, now: &Self) -> Option<String> {
        let from =
            |digest: &Option<Digest>| digest.map_or_else(|| "none".to_owned(), |d| d.to_string());
        if self.seed != now.seed {
            return Some(format!("it was begun with seed {}", self.seed));
        }
        if self.config != now.config {
            return Some(format!(
                "it was begun with another recipe ({}, and {} now)",
                self.config, now.config
            ));
        }
        if self.from != now.from {
            return Some(format!(
                "it was begun from another model (result {}, and {} now)",
                from(&self.from),
                from(&now.from)
            ));
        }
        let names = self.parts.keys().chain(now.parts.keys());
        let mut changed = names.filter(|name| self.parts.get(*name) != now.parts.get(*name));
        changed.next().map(|name| {
            let of = |parts: &BTreeMap<String, Digest>| from(&parts.get(name).copied());
            format!(
                "it was begun with another {name} ({}, and {} now)",
                of(&self.parts),
                of(&now.parts)
            )
        })
    }
}

/// The folder of a run.
pub(crate) fn folder(out: &Path, arm: &str, seed: u64) -> PathBuf {
    let of_seed = format!("seed-{seed}");
    if arm == WARM_START {
        out.join("warm-starts").join(of_seed)
    } else {
        out.join("runs").join(arm).join(of_seed)
    }
}

/// Which runs there are: seed by seed, so that an experiment that is cut short has whole pairs.
pub(crate) fn order(plan: &Plan) -> Vec<(Option<&Arm>, u64)> {
    let arms = || {
        plan.arms
            .iter()
            .filter(|arm| matches!(arm.kind, ArmKind::Run(_)))
    };
    plan.seeds
        .iter()
        .flat_map(|seed| std::iter::once((None, *seed)).chain(arms().map(|arm| (Some(arm), *seed))))
        .collect()
}
