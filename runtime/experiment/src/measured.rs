//! What a run measured: the parts of its `report.json` that an experiment reads.

use std::{collections::BTreeMap, fs, path::Path};

use falcon_episode::Digest;
use serde::{Deserialize, Serialize};

use crate::ExperimentError;

/// One run's results. Fields that an experiment has no use for are not read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The run's seed.
    pub seed: u64,
    /// Digest of every field of its recipe, but for where files of tasks are.
    pub config_digest: Digest,
    /// Digest of every plugin that took part.
    #[serde(default)]
    pub plugins: BTreeMap<String, Digest>,
    /// Its evaluations.
    #[serde(default)]
    pub eval: Vec<Row>,
    /// What the bootstrap draws together, for each split in the order of its test set.
    #[serde(default)]
    pub clusters: BTreeMap<String, Vec<String>>,
    /// What kind each test set's tasks are.
    #[serde(default)]
    pub kinds: BTreeMap<String, Vec<TaskKind>>,
    /// Digest of each test set.
    #[serde(default)]
    pub test_sets: BTreeMap<String, Digest>,
    /// Looks at its warm start.
    #[serde(default)]
    pub warm_start: Vec<WarmPoint>,
    /// Its steps of reinforcement learning.
    #[serde(default)]
    pub curve: Vec<CurvePoint>,
    /// Where its time went.
    #[serde(default)]
    pub phases: Vec<Phase>,
    /// What reinforcement learning spent its time on.
    #[serde(default)]
    pub parts: Vec<Phase>,
    /// Wall time in seconds.
    #[serde(default)]
    pub wall_seconds: f64,
    /// Highest resident set of its process.
    #[serde(default)]
    pub peak_rss_bytes: u64,
    /// What reinforcement learning took, in tokens.
    #[serde(default)]
    pub rl_compute: u64,
    /// Tokens sampled and trained on, evaluation included.
    #[serde(default)]
    pub tokens: u64,
    /// Sandboxed executions.
    #[serde(default)]
    pub executions: u64,
    /// What long-term memory did.
    #[serde(default)]
    pub memory: MemoryUse,
    /// Weights of the policy.
    #[serde(default)]
    pub parameters: u64,
    /// Digest of parameters and evaluation.
    pub result_digest: Digest,
}

/// Results of one policy on one split.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// `iid`, `composition`, `alias` or `ambiguous`.
    pub split: String,
    /// `before`, `after` or `continued`.
    pub when: String,
    /// What memory was in use.
    pub memory: String,
    /// Tasks.
    pub tasks: usize,
    /// Samples for each task.
    pub samples: usize,
    /// Mean share of samples that pass.
    pub pass_at_1: f64,
    /// Unbiased pass@8.
    #[serde(default)]
    pub pass_at_8: f64,
    /// Share of tasks whose greedy program passes.
    #[serde(default)]
    pub greedy: f64,
    /// Mean tokens for a sample.
    #[serde(default)]
    pub tokens_mean: f64,
    /// Each task's share of samples that pass.
    #[serde(default)]
    pub by_task: Vec<f64>,
    /// The same of each verdict that is not a pass.
    #[serde(default)]
    pub errors: BTreeMap<String, Vec<f64>>,
}

/// What kind of task it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskKind {
    /// Its family's name.
    pub family: String,
    /// Operations composed.
    pub depth: usize,
}

/// A look at a warm start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WarmPoint {
    /// From 1.
    pub step: usize,
    /// Greedy pass rate on plain validation tasks.
    #[serde(default)]
    pub validation: f64,
    /// What the disclosing exemplar adds to that on alias tasks.
    #[serde(default)]
    pub long_term_margin: f64,
    /// What feedback on a wrong reading adds to that on eight-way tasks.
    #[serde(default)]
    pub short_term_margin: f64,
    /// Warm starts before it, from other weights, that did not come to read their memories.
    #[serde(default)]
    pub abandoned: usize,
}

/// A step of reinforcement learning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// From 1.
    pub step: usize,
    /// Mean reward of first attempts.
    #[serde(default)]
    pub reward_mean: Option<f64>,
    /// Share of them that passed.
    #[serde(default)]
    pub pass_rate: Option<f64>,
    /// Mean entropy, in nats.
    #[serde(default)]
    pub entropy: f64,
    /// Share of the exemplars shown that disclose their task's private word; none where none was shown.
    #[serde(default)]
    pub exemplar_told: Option<f64>,
}

/// A stretch of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// Wall time.
    pub seconds: f64,
}

/// What long-term memory did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MemoryUse {
    /// Items that training left.
    #[serde(default)]
    pub items: u64,
    /// Share of alias test tasks whose first exemplar discloses the private word.
    #[serde(default)]
    pub hit_at_1: f64,
}

impl Measured {
    /// Reads a run's `report.json`.
    ///
    /// # Errors
    /// Where it cannot be read or is none.
    pub fn read(path: &Path) -> Result<Self, ExperimentError> {
        let bytes =
            fs::read(path).map_err(ExperimentError::io(path, "reading the run's report"))?;
        serde_json::from_slice(&bytes).map_err(|error| {
            ExperimentError::damaged(path, format!("it is no run's report: {error}"))
        })
    }

    /// The row of a split at a moment under a memory.
    #[must_use]
    pub fn row(&self, split: &str, when: &str, memory: &str) -> Option<&Row> {
        self.eval
            .iter()
            .find(|row| row.split == split && row.when == when && row.memory == memory)
    }

    /// Seconds of a phase; 0 where there is none.
    #[must_use]
    pub fn phase(&self, name: &str) -> f64 {
        let found = self.phases.iter().find(|phase| phase.name == name);
        found.map_or(0.0, |phase| phase.seconds)
    }
}
