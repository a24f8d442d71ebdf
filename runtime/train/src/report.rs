use std::collections::BTreeMap;

use falcon_episode::Digest;
use serde::{Deserialize, Serialize};

use crate::PartUse;

/// What a run found: `report.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The configuration's name.
    pub name: String,
    /// The run's seed.
    pub seed: u64,
    /// [Digest](crate::Config::digest) of the configuration.
    pub config_digest: Digest,
    /// Digest of every plugin that took part.
    pub plugins: BTreeMap<String, Digest>,
    /// One row for each split, time and use of memory.
    pub eval: Vec<EvalRow>,
    /// Contrasts between rows, in points.
    pub gains: Vec<Gain>,
    /// One point for each step of reinforcement learning.
    pub curve: Vec<CurvePoint>,
    /// Steps of the warm start at which something was measured.
    pub warm_start: Vec<WarmStartPoint>,
    /// Where the time went.
    pub phases: Vec<PhaseTime>,
    /// What the parts of reinforcement learning took; in no digest.
    #[serde(default)]
    pub parts: Vec<PartUse>,
    /// Wall time of the whole run, over all its parts where it was resumed.
    pub wall_seconds: f64,
    /// Highest resident set of the process.
    pub peak_rss_bytes: u64,
    /// What reinforcement learning took: tokens learnt from, and a third of those read and written while
    /// sampling.
    #[serde(default)]
    pub rl_compute: u64,
    /// Sandboxed executions.
    pub executions: u64,
    /// Tokens sampled and trained on.
    pub tokens: u64,
    /// Weights of the policy.
    pub parameters: u64,
    /// What long-term memory did.
    pub memory: MemoryReport,
    /// Programs with their verdicts, before and after.
    pub examples: Vec<Example>,
    /// What the bootstrap draws together, for each split in the order of its test set.
    pub clusters: BTreeMap<String, Vec<String>>,
    /// Each test set's tasks in its order: what kind they are.
    #[serde(default)]
    pub kinds: BTreeMap<String, Vec<TaskKind>>,
    /// Digest of each test set: its tasks with their specifications, examples and tests.
    #[serde(default)]
    pub test_sets: BTreeMap<String, Digest>,
    /// The files of tasks that it read, where its tasks are from files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub task_files: Vec<TaskFile>,
    /// Bootstrap draws for an interval.
    pub draws: usize,
    /// Digest of parameters and evaluation, and of nothing that depends on time.
    pub result_digest: Digest,
}

/// What kind of task it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskKind {
    /// `plain`, `alias`, `binary` or `eight-way`; of a file, the task's own set.
    pub family: String,
    /// Operations composed; 0 where that is not known.
    pub depth: usize,
}

/// A file of tasks, and what became of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskFile {
    /// `train`, `test` or `gold`.
    pub role: String,
    /// Where it was.
    pub path: String,
    /// Digest of its bytes.
    pub digest: Digest,
    /// Tasks in it.
    pub tasks: usize,
    /// Those left out since a task that is measured is the same.
    pub measured: usize,
    /// Those left out since a task of validation is the same.
    #[serde(default)]
    pub looked_at: usize,
    /// Those left out since the model's context has no room for them.
    pub too_long: usize,
}

/// Results of one policy on one split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvalRow {
    /// `iid`, `composition`, `alias` or `ambiguous`; `test` where tasks are from files.
    pub split: String,
    /// `before`, `after` or `continued`.
    pub when: String,
    /// `none`, `ltm`, `ltm-random`, `ltm-oracle`, `stm`, `stm-shuffled`, `resample` or `best-of-n`; with an inner loop also
    /// `inner-frozen`, `inner`, `inner-other`, `inner-support` and `inner-both`.
    pub memory: String,
    /// Tasks.
    pub tasks: usize,
    /// Samples for each task.
    pub samples: usize,
    /// Mean share of samples that pass every scoring test.
    pub pass_at_1: f64,
    /// Unbiased pass@8; with fewer samples, pass@k for all of them.
    pub pass_at_8: f64,
    /// Share of tasks whose greedy program passes.
    pub greedy: f64,
    /// Mean tokens read and written for a sample; of a second attempt, with those of the first and the feedback; of
    /// `best-of-n`, of all n; with an inner loop, with the whole support, and three for a token that goes forward and back.
    pub tokens_mean: f64,
    /// 95 % interval of `pass_at_1` over tasks.
    pub ci95: [f64; 2],
    /// Each task's share of samples that pass, in the order of the test set.
    #[serde(default)]
    pub by_task: Vec<f64>,
    /// The same of each verdict that is not a pass, by its name: `compile-error`, `runtime-error`, `failed`, …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, Vec<f64>>,
}

/// The difference between two rows, paired by task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// The split.
    pub split: String,
    /// What is compared, as `a - b`.
    pub contrast: String,
    /// Points (100 times the difference of pass@1).
    pub diff: f64,
    /// 95 % interval, in points.
    pub ci95: [f64; 2],
}

/// A step of reinforcement learning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// From 1.
    pub step: usize,
    /// Mean reward of the programs that were drawn as first attempts, before groups are dropped; none where none
    /// of them has a reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward_mean: Option<f64>,
    /// Share of them that passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass_rate: Option<f64>,
    /// Wall time since reinforcement learning began.
    pub seconds: f64,
    /// Standard-error interval of the reward over groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward_ci95: Option<[f64; 2]>,
    /// The same of the pass rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass_ci95: Option<[f64; 2]>,
    /// Mean entropy of the policy on the programs it learns from, in nats a token, at the sampling temperature.
    pub entropy: f64,
    /// Groups whose rewards differed, of those drawn.
    pub groups: usize,
    /// Share of the groups with rewards whose rewards were all alike.
    #[serde(default)]
    pub flat_share: f64,
    /// Norm of the gradient before clipping, mean over the step's updates.
    pub gradient_norm: f64,
    /// KL divergence of the policy that sampled from the one that the run started from, in nats a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kl_to_start: Option<f64>,
    /// Mean tokens of a program.
    #[serde(default)]
    pub length_mean: f64,
    /// Programs that tried what no program may do, and were refused.
    #[serde(default)]
    pub forbidden: usize,
    /// Share of tokens whose ratio was clipped in the step's last update.
    #[serde(default)]
    pub clip_fraction: f64,
    /// Mean of log π − log π of the policy that sampled, in nats a token, in the step's last update.
    #[serde(default)]
    pub log_ratio: f64,
    /// Mean absolute difference between a token's log-probability as it was sampled and as it is learnt, in nats: what
    /// two ways to compute the same leave. None where it was not measured, or the two were of different policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampler_gap: Option<f64>,
    /// Steps by which the policy that sampled is behind the one that learns: 1 where the batch was drawn ahead. Rewards,
    /// lengths and KL divergence are of the policy that sampled.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub behind: usize,
    /// Greedy pass rate on plain validation tasks after the step, where it looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
    /// Pass rate of second attempts with feedback, where there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_pass_rate: Option<f64>,
    /// Pass rate of prompts with a retrieved exemplar, where there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exemplar_pass_rate: Option<f64>,
    /// Share of those exemplars that disclose the task's private word, where there were any: whether memory found
    /// what it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exemplar_told: Option<f64>,
    /// Programs of the step that have no reward since a judge failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub judge_failures: usize,
    /// What the inner loop did, where there is one; the point's other rates are then those of the support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner: Option<InnerPoint>,
}

/// The inner loop's part of a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InnerPoint {
    /// Tasks of the step.
    pub tasks: usize,
    /// Those whose support had something to adapt to.
    pub adapted: usize,
    /// Mean reward of programs written with adapted contexts as first attempts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward_mean: Option<f64>,
    /// Share of them that passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass_rate: Option<f64>,
    /// Wall time of sampling and grading the support.
    pub support_seconds: f64,
    /// Wall time of adapting.
    pub inner_seconds: f64,
    /// Wall time of sampling and grading with adapted contexts.
    pub query_seconds: f64,
    /// Wall time of the outer gradient and step.
    pub outer_seconds: f64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// A look at the warm start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WarmStartPoint {
    /// From 1.
    pub step: usize,
    /// Loss for each answer token since the last look, in nats.
    pub loss: f64,
    /// Greedy pass rate on plain validation tasks.
    pub validation: f64,
    /// What the disclosing exemplar adds to the greedy pass rate on alias tasks.
    pub long_term_margin: f64,
    /// What feedback on a wrong reading adds to the greedy pass rate on eight-way tasks.
    pub short_term_margin: f64,
    /// Wall time since the warm start began, with those that were abandoned before it.
    pub seconds: f64,
    /// Warm starts before this one that did not come to read their memories.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub abandoned: usize,
}

/// Wall time of a phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseTime {
    /// The phase.
    pub name: String,
    /// Wall time.
    pub seconds: f64,
}

/// What long-term memory did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MemoryReport {
    /// Items that training left in memory.
    pub items: u64,
    /// Queries that training and evaluation asked.
    pub retrievals: u64,
    /// Share of alias test tasks whose first exemplar discloses the private word.
    pub hit_at_1: f64,
    /// Number of the checkpoint that names what training left; none of several runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<u64>,
    /// Version of the table that this checkpoint keeps; none of several runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table_version: Option<u64>,
}

/// A program as it was written and judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// The task.
    pub task_id: String,
    /// Its split.
    pub split: String,
    /// `before`, `after` or `continued`.
    pub when: String,
    /// As in [`EvalRow`].
    pub memory: String,
    /// The task's words and examples.
    pub prompt: String,
    /// The whole program.
    pub program: String,
    /// The verdict's name.
    pub verdict: String,
    /// The reward; none where the judges gave none.
    pub reward: Option<f64>,
    /// The first test that failed.
    pub message: String,
    /// What memory put before the policy.
    pub shown: String,
}
