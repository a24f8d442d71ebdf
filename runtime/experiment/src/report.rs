//! The report of an experiment: `report.json`.

use std::collections::BTreeMap;

use falcon_episode::Digest;
use serde::{Deserialize, Serialize};

use crate::{Answer, Phase, Square, WarmPoint};

/// What an experiment found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The experiment's name.
    pub name: String,
    /// What it is about.
    pub about: String,
    /// The seeds of its plan.
    pub seeds: Vec<u64>,
    /// Digest of the plan.
    pub plan_digest: Digest,
    /// Digest of the plan and of every run's result: of nothing that depends on time.
    pub result_digest: Digest,
    /// Runs that are not done, as `arm seed`.
    pub missing: Vec<String>,
    /// Those of them that could not be made, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Failed>,
    /// Digest of each frozen test set, by split. Where an arm was measured on another, that one is under `SPLIT (ARM)`.
    pub test_sets: BTreeMap<String, Digest>,
    /// One for each contrast, in the plan's order.
    pub answers: Vec<Answer>,
    /// The warm starts and every arm.
    pub arms: Vec<ArmReport>,
    /// How each seed's warm start was when it was last looked at.
    #[serde(default)]
    pub warm_starts: Vec<WarmStartReport>,
    /// Trained with and without, tested with and without.
    pub squares: Vec<SquareReport>,
    /// Each arm's gain over the warm start beside what it took.
    pub effects: Vec<Effect>,
    /// Arms that took the same compute.
    pub groups: Vec<Group>,
    /// Digest of every plugin that took part.
    pub plugins: BTreeMap<String, Digest>,
    /// Weights of the policy.
    pub parameters: u64,
    /// Where and how it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

/// A run that could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The arm, or [`WARM_START`](crate::WARM_START).
    pub arm: String,
    /// The seed.
    pub seed: u64,
    /// Why.
    pub why: String,
}

/// Where and how an experiment was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The processor's name.
    pub cpu: String,
    /// Logical processors.
    pub cores: u64,
    /// Main memory in bytes.
    pub memory_bytes: u64,
    /// Operating system.
    pub system: String,
    /// The command that repeats it.
    pub command: String,
    /// FALCON's version.
    pub version: String,
}

/// An arm's results over its seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArmReport {
    /// Its name.
    pub name: String,
    /// For people.
    pub title: String,
    /// Seeds that are done.
    pub seeds: Vec<u64>,
    /// Its rows.
    pub levels: Vec<Level>,
    /// Pass rate of training over its steps.
    pub curve: Vec<CurveBin>,
    /// What a run took; none for an arm that is a row of another.
    pub cost: Option<Cost>,
    /// Share of alias test tasks whose first exemplar discloses the word.
    pub hit_at_1: Option<f64>,
    /// The same of the exemplars that training showed: mean over its steps, then over seeds.
    #[serde(default)]
    pub exemplar_told: Option<f64>,
}

/// The warm start that the arms of a seed share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WarmStartReport {
    /// The seed.
    pub seed: u64,
    /// The last look at it.
    #[serde(flatten)]
    pub last: WarmPoint,
}

/// A row over seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// The split.
    pub split: String,
    /// The memory in use.
    pub memory: String,
    /// Tasks.
    pub tasks: usize,
    /// Samples for each.
    pub samples: usize,
    /// Mean over seeds and tasks.
    pub pass_at_1: f64,
    /// 95 % interval over seeds and tasks.
    pub ci95: [f64; 2],
    /// Mean over seeds.
    pub pass_at_8: f64,
    /// Mean over seeds.
    pub greedy: f64,
    /// Mean over seeds.
    pub tokens_mean: f64,
    /// Each seed's pass@1.
    pub by_seed: Vec<f64>,
    /// Pass@1 of parts of the test set, by depth and by family where there are several.
    pub strata: Vec<Stratum>,
    /// Mean share of samples with each verdict that is not a pass.
    pub errors: BTreeMap<String, f64>,
}

/// A part of a test set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stratum {
    /// `depth 2`, `eight-way`.
    pub name: String,
    /// Tasks.
    pub tasks: usize,
    /// Mean over seeds and tasks.
    pub pass_at_1: f64,
    /// 95 % interval.
    pub ci95: [f64; 2],
}

/// Some steps of training, over seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurveBin {
    /// The last of its steps.
    pub step: usize,
    /// Mean over seeds of the mean pass rate.
    pub pass_rate: f64,
    /// Student's 95 % interval over seeds.
    pub ci95: [f64; 2],
    /// Mean entropy, in nats.
    pub entropy: f64,
}

/// What a run took, mean over seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Wall time of the whole run.
    pub seconds: f64,
    /// Wall time of reinforcement learning.
    pub rl_seconds: f64,
    /// Tokens of reinforcement learning, those of sampling counted a third.
    pub rl_compute: f64,
    /// All tokens, evaluation included.
    pub tokens: f64,
    /// Highest resident set of any seed.
    pub peak_rss_bytes: u64,
    /// Sandboxed executions.
    pub executions: f64,
    /// Where the time went.
    pub phases: Vec<Phase>,
    /// What reinforcement learning spent its time on: sampling, grading, judging, memory, learning.
    pub parts: Vec<Phase>,
}

/// A gain over the warm start beside what it took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The arm.
    pub arm: String,
    /// The split, without memory in use.
    pub split: String,
    /// Points over the warm start.
    pub diff: f64,
    /// 95 % interval.
    pub ci95: [f64; 2],
    /// Tokens that learning took after the warm start.
    pub compute: f64,
    /// Wall time of it.
    pub seconds: f64,
}

/// Arms that took as much compute as one of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The arm that sets the compute.
    pub of: String,
    /// That arm and the others.
    pub entries: Vec<GroupEntry>,
}

/// One of them on one split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupEntry {
    /// The arm.
    pub arm: String,
    /// The split.
    pub split: String,
    /// Pass@1.
    pub pass_at_1: f64,
    /// Its interval.
    pub ci95: [f64; 2],
    /// Points over the arm that sets the compute; none for itself, and where they have no task in common.
    pub against: Option<Estimate>,
    /// Tokens it took.
    pub compute: f64,
}

/// A number with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its interval.
    pub ci95: [f64; 2],
}

/// Trained with and without, tested with and without.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SquareReport {
    /// Which arms and rows.
    pub square: Square,
    /// Rows: trained without, with; columns: tested without, with. Pass@1 with its interval.
    pub cells: [[Option<Estimate>; 2]; 2],
    /// What training with adds to testing with, beyond what it adds to testing without: points and interval.
    pub interaction: Option<Estimate>,
}
