use std::{collections::BTreeMap, fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{JudgesFrom, PolicyFrom};

/// A `report.json` that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The text is not a report.
    #[error("{} is not a run's report", path.display())]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Why, with line and column.
        source: serde_json::Error,
    },
}

/// What a training run found. Fields that a run does not know are left out; unknown fields are ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The configuration's name.
    #[serde(default)]
    pub name: String,
    /// The seed everything random derives from.
    pub seed: u64,
    /// Digest of the configuration.
    #[serde(default)]
    pub config_digest: String,
    /// Digest of every plugin that took part, by name.
    #[serde(default)]
    pub plugins: BTreeMap<String, String>,
    /// From which step on which judges made the rewards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judges: Vec<JudgesFrom>,
    /// From which step on which memory policy decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memory_policies: Vec<PolicyFrom>,
    /// Evaluations, in the order in which they were made.
    #[serde(default)]
    pub eval: Vec<Evaluation>,
    /// Contrasts with their intervals.
    #[serde(default)]
    pub gains: Vec<Gain>,
    /// The warm start, where the run made one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warm_start: Vec<WarmPoint>,
    /// The reinforcement learning steps.
    #[serde(default)]
    pub curve: Vec<CurvePoint>,
    /// What the parts of reinforcement learning took.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartUse>,
    /// Where the time went, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
    /// Wall time of the whole run in seconds.
    #[serde(default)]
    pub wall_seconds: f64,
    /// Largest resident set of the process in bytes.
    #[serde(default)]
    pub peak_rss_bytes: u64,
    /// Sandbox instances run.
    #[serde(default)]
    pub executions: Option<u64>,
    /// Tokens sampled and trained on, those of evaluation included.
    #[serde(default)]
    pub tokens: Option<u64>,
    /// Use of long-term memory.
    #[serde(default)]
    pub memory: MemoryUse,
    /// Programs worth looking at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
    /// The machine it ran on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
    /// The command that repeats the run.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// FALCON's version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Digest of parameters and evaluation; nothing that depends on time.
    #[serde(default)]
    pub result_digest: String,
}

/// One split, evaluated at one moment under one memory policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// `iid`, `composition`, `alias` or `ambiguous`.
    pub split: String,
    /// `before`, `after` or `continued` (the warm start trained on, in place of reinforcement learning).
    pub when: String,
    /// `none`, `ltm`, `ltm-random`, `ltm-oracle`, `stm`, `stm-shuffled`, `resample` or `best-of-n`.
    pub memory: String,
    /// Tasks evaluated.
    pub tasks: u64,
    /// Programs sampled for each task.
    pub samples: u64,
    /// Mean over tasks of the share of samples that pass, as a fraction.
    pub pass_at_1: f64,
    /// Unbiased estimate for 8 samples, as a fraction.
    #[serde(default)]
    pub pass_at_8: Option<f64>,
    /// Share of tasks that the greedy program solves.
    #[serde(default)]
    pub greedy: Option<f64>,
    /// Tokens spent on one task, mean.
    #[serde(default)]
    pub tokens_mean: Option<f64>,
    /// 95 % interval of `pass_at_1`, as fractions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci95: Option<[f64; 2]>,
}

impl Evaluation {
    /// The 95 % interval of `pass_at_1`: the run's own, else the normal one with tasks as units.
    ///
    /// Taking each task for all-or-nothing overstates the variance, so the fallback is never too narrow.
    #[must_use]
    pub fn interval(&self) -> [f64; 2] {
        self.ci95.unwrap_or_else(|| {
            let p = self.pass_at_1;
            let half = 1.96 * (p * (1.0 - p) / self.tasks.max(1) as f64).max(0.0).sqrt();
            [(p - half).max(0.0), (p + half).min(1.0)]
        })
    }
}

/// A difference between two evaluations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// The split it was measured on.
    pub split: String,
    /// Which two: `after - before`.
    pub contrast: String,
    /// In points of pass@1.
    pub diff: f64,
    /// 95 % interval, in points.
    pub ci95: [f64; 2],
}

/// One step of the warm start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WarmPoint {
    /// Step, from 1.
    pub step: u64,
    /// Mean negative log-likelihood in nats a token.
    #[serde(default)]
    pub loss: Option<f64>,
    /// Share of validation tasks that the greedy program solves, where it was measured.
    #[serde(default)]
    pub validation: Option<f64>,
    /// Seconds since the phase began.
    #[serde(default)]
    pub seconds: f64,
}

/// One reinforcement learning step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Step, from 1.
    pub step: u64,
    /// Mean reward of the step's programs; none where no first attempt has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward_mean: Option<f64>,
    /// Share of the step's programs that pass, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass_rate: Option<f64>,
    /// Seconds the step took, or since the phase began.
    #[serde(default)]
    pub seconds: f64,
    /// 95 % interval of the reward, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward_ci95: Option<[f64; 2]>,
    /// 95 % interval of the pass rate, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass_ci95: Option<[f64; 2]>,
    /// Mean entropy of the policy on the programs it learns from, in nats a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entropy: Option<f64>,
    /// KL divergence from the policy that the run started from, in nats a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kl_to_start: Option<f64>,
    /// Norm of the gradient before clipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gradient_norm: Option<f64>,
    /// Mean tokens of a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_mean: Option<f64>,
    /// Share of groups whose rewards were all alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat_share: Option<f64>,
    /// Programs that tried what no program may do.
    #[serde(default)]
    pub forbidden: u64,
    /// Share of tokens whose ratio was clipped in the last update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_fraction: Option<f64>,
    /// Mean of log π − log π of the policy that sampled, in nats a token, in the last update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_ratio: Option<f64>,
    /// Mean difference between log-probabilities as they were sampled and as they are learnt, in nats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampler_gap: Option<f64>,
    /// Steps by which the policy that sampled is behind the one that learns.
    #[serde(default)]
    pub behind: u64,
    /// Share of validation tasks that the greedy program solves, where it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
    /// The inner loop's part of the step, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner: Option<InnerPoint>,
}

/// What a part of reinforcement learning took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PartUse {
    /// `sampling`, `grading`, `judging`, `memory`, `learning` or `looking`.
    pub name: String,
    /// Wall time in which the run did this, or waited for it.
    pub seconds: f64,
    /// Wall time in which it went on beside another part.
    #[serde(default)]
    pub hidden_seconds: f64,
    /// Largest resident set at the end of it.
    #[serde(default)]
    pub resident_bytes: u64,
}

/// The inner loop's part of a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InnerPoint {
    /// Tasks of the step.
    #[serde(default)]
    pub tasks: u64,
    /// Those whose support had something to adapt to.
    #[serde(default)]
    pub adapted: u64,
    /// Share of programs that pass when written with adapted contexts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass_rate: Option<f64>,
    /// Seconds of sampling and grading the support.
    #[serde(default)]
    pub support_seconds: f64,
    /// Seconds of adapting.
    #[serde(default)]
    pub inner_seconds: f64,
    /// Seconds of sampling and grading with adapted contexts.
    #[serde(default)]
    pub query_seconds: f64,
    /// Seconds of the outer gradient and step.
    #[serde(default)]
    pub outer_seconds: f64,
}

/// A stretch of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// For people.
    pub name: String,
    /// Wall time.
    pub seconds: f64,
}

/// Use of long-term memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MemoryUse {
    /// Items that training left in memory.
    #[serde(default)]
    pub items: u64,
    /// Queries that training and evaluation asked.
    #[serde(default)]
    pub retrievals: u64,
    /// Share of alias test tasks whose first exemplar discloses the private word.
    #[serde(default)]
    pub hit_at_1: Option<f64>,
}

/// A program with what executing it said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// The task's id.
    #[serde(default)]
    pub task_id: String,
    /// The task's split.
    #[serde(default)]
    pub split: String,
    /// `before`, `after` or `continued`.
    #[serde(default)]
    pub when: String,
    /// The memory policy in use.
    #[serde(default)]
    pub memory: String,
    /// The task as the policy saw it.
    #[serde(default)]
    pub prompt: String,
    /// What memory added to the prompt.
    #[serde(default)]
    pub shown: String,
    /// What the policy wrote.
    #[serde(default)]
    pub program: String,
    /// `passed`, `failed`, …
    #[serde(default)]
    pub verdict: String,
    /// The composed reward.
    #[serde(default)]
    pub reward: Option<f64>,
    /// The first test that did not hold.
    #[serde(default)]
    pub message: String,
}

/// The machine a run ran on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    #[serde(default)]
    pub cpu: String,
    /// Logical processors that the process may use.
    #[serde(default)]
    pub cores: u64,
    /// Main memory in bytes.
    #[serde(default)]
    pub memory_bytes: u64,
    /// Operating system and kernel.
    #[serde(default)]
    pub system: String,
}

impl Report {
    /// Reads a `report.json`.
    ///
    /// # Errors
    /// Where the file cannot be read or is not a report.
    pub fn read(path: impl Into<PathBuf>) -> Result<Self, ReportError> {
        let path = path.into();
        match fs::read(&path) {
            Err(source) => Err(ReportError::Read { path, source }),
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|source| ReportError::Parse { path, source })
            }
        }
    }

    /// The evaluation of a split at a moment under a memory policy.
    #[must_use]
    pub fn find(&self, split: &str, when: &str, memory: &str) -> Option<&Evaluation> {
        self.eval
            .iter()
            .find(|e| e.split == split && e.when == when && e.memory == memory)
    }

    /// The contrast of a split.
    #[must_use]
    pub fn gain(&self, split: &str, contrast: &str) -> Option<&Gain> {
        self.gains
            .iter()
            .find(|g| g.split == split && g.contrast == contrast)
    }
}
