mod defaults;
mod file;
mod inner;
mod memory;
mod model;
mod rl;
mod tokenizer;

use std::path::Path;

use falcon_episode::Digest;
use serde::{Deserialize, Serialize};

pub use file::FileConfig;
pub use inner::{Context, InnerConfig, SupportFrom};
pub use memory::{EncoderSource, ExemplarSource, MemoryConfig};
pub use model::ModelConfig;
pub use rl::ReplayFrom;
pub use tokenizer::Tokenizer;

use crate::{Objective, TrainError, files};

/// The embedded quick recipe, as a file would say it.
pub const QUICK: &str = include_str!("../../recipes/quick.toml");

/// All that decides a run besides its seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// For people.
    pub name: String,
    /// The policy's shape.
    pub model: ModelConfig,
    /// Where tasks come from.
    pub tasks: TaskConfig,
    /// The supervised warm start.
    pub warm_start: WarmStartConfig,
    /// Reinforcement learning.
    pub rl: RlConfig,
    /// The inner loop.
    pub inner: InnerConfig,
    /// Use of long-term and short-term memory in training.
    pub memory: MemoryConfig,
    /// What is measured.
    pub evaluation: EvaluationConfig,
    /// Steps between checkpoints.
    pub checkpoint_every: usize,
}

/// Where tasks come from. Gold programs of plain tasks are scarce on purpose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TaskConfig {
    /// Plain tasks that have a gold program.
    pub gold: usize,
    /// Distinct rows of the warm start's mixture; they repeat after that many.
    pub rows: usize,
    /// Weight of plain rows in the mixture.
    pub plain: f64,
    /// Weight of alias rows.
    pub alias: f64,
    /// Weight of ambiguous rows.
    pub ambiguous: f64,
    /// Of ambiguous rows: share with eight readings; the rest have two.
    pub eight_way: f64,
    /// Tasks without gold for reinforcement learning.
    pub pool: usize,
    /// Weight of plain tasks in the pool.
    pub pool_plain: f64,
    /// Weight of alias tasks in the pool.
    pub pool_alias: f64,
    /// Weight of tasks with two readings in the pool.
    pub pool_binary: f64,
    /// Weight of tasks with eight readings in the pool.
    pub pool_eight_way: f64,
    /// Files of tasks in place of these, which then mean nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileConfig>,
}

/// The supervised warm start: warm-up, constant rate, and a decay that validation sets off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WarmStartConfig {
    /// Rows in a batch.
    pub batch: usize,
    /// Rate of the constant part.
    pub learning_rate: f64,
    /// Steps in which the rate rises from 0.
    pub warm_up: usize,
    /// AdamW's weight decay on matrices.
    pub weight_decay: f64,
    /// Steps between two looks at validation.
    pub check_every: usize,
    /// Plain tasks in a look; tasks that need a memory are half as many for each memory.
    pub validation_tasks: usize,
    /// Greedy pass rate on plain validation tasks that ends the constant part.
    pub edge: f64,
    /// What an exemplar that discloses the private word must add to the greedy pass rate on alias tasks.
    pub long_term_margin: f64,
    /// What feedback on a wrong reading must add to the greedy pass rate on eight-way tasks.
    pub short_term_margin: f64,
    /// Steps in which the rate falls to 0 after that.
    pub decay: usize,
    /// Steps at most, the decay among them.
    pub steps: usize,
    /// Warm starts at most: one that comes to its last decay without reading its memories, as the margins ask, is begun again
    /// from other weights. The last is taken as it is.
    #[serde(skip_serializing_if = "is_one")]
    pub tries: usize,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_one(count: &usize) -> bool {
    *count == 1
}

/// Reinforcement learning from execution: an objective on sampled programs, with replay and anchor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RlConfig {
    /// What is maximised over the sampled programs.
    pub objective: Objective,
    /// Steps; not counted where `compute` is given.
    pub steps: usize,
    /// Where above 0, reinforcement learning ends when it has taken this much: a token that is learnt from counts 1, one
    /// that goes forward only a third. The rate falls with the share that is used up.
    pub compute: u64,
    /// Steps of the optimiser on each batch.
    pub updates: usize,
    /// Steps by which sampling and grading run ahead of learning: 0, or 1 for the next step's batch while the present one is
    /// learnt from, which it is then one step older for.
    #[serde(skip_serializing_if = "rl::is_none")]
    pub ahead: usize,
    /// How far below 1 the ratio of a program's or token's probability to what it was counts; the objective's own where
    /// it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_low: Option<f64>,
    /// The same above 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_high: Option<f64>,
    /// Weight of the KL divergence from the policy that the run started from.
    pub kl: f64,
    /// Steps between two looks at validation; 0 for none.
    pub check_every: usize,
    /// Looks that are no better than the best before them after which it ends, and goes back to that.
    pub patience: usize,
    /// Prompts drawn in a step.
    pub drawn: usize,
    /// Groups learnt from in a step, among those whose rewards differ.
    pub kept: usize,
    /// Programs sampled for a prompt.
    pub group: usize,
    /// Sampling temperature.
    pub temperature: f64,
    /// Highest rate; it falls to 0 over the run.
    pub learning_rate: f64,
    /// Steps in which the rate rises.
    pub warm_up: usize,
    /// Weight of the supervised loss on gold rows.
    pub anchor: f64,
    /// Gold rows in that loss.
    pub anchor_rows: usize,
    /// Weight of the loss on own verified programs.
    pub replay: f64,
    /// Own programs in that loss.
    pub replay_rows: usize,
    /// Tasks whose programs are kept for replay.
    pub replay_tasks: usize,
    /// Programs kept of a task.
    pub replay_per_task: usize,
    /// Highest success rate of a group whose programs are kept.
    pub replay_success: f64,
    /// Which of them are drawn.
    #[serde(skip_serializing_if = "ReplayFrom::is_even")]
    pub replay_from: ReplayFrom,
    /// Above 0: each of their tokens counts by the ratio of its probability to what it was when it was sampled, this at most.
    #[serde(skip_serializing_if = "rl::is_off")]
    pub replay_ratio: f64,
    /// Prompts among the drawn that are second attempts with feedback on an own failed program.
    pub retries: usize,
}

/// What is measured, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvaluationConfig {
    /// Tasks of the IID split.
    pub iid: usize,
    /// Tasks of the composition split.
    pub composition: usize,
    /// Tasks of the alias split, 8 a project.
    pub alias: usize,
    /// Eight-way ambiguous tasks.
    pub ambiguous: usize,
    /// Programs sampled for a task.
    pub samples: usize,
    /// Sampling temperature.
    pub temperature: f64,
    /// Bootstrap draws for an interval.
    pub draws: usize,
    /// Whether the warm start is measured, or the model that was given in its place.
    pub before: bool,
    /// Whether the warm start is also simply continued for the compute that reinforcement learning took.
    pub continued: bool,
}

impl Config {
    /// The embedded quick recipe.
    #[must_use]
    pub fn quick() -> Self {
        Self::default()
    }

    /// Reads a configuration; what it does not say is as in the quick recipe.
    ///
    /// # Errors
    /// Where the text is not TOML, names a field that does not exist, or gives a value that cannot be: with the line.
    pub fn parse(text: &str, origin: &Path) -> Result<Self, TrainError> {
        let fault = |line, message| TrainError::Config {
            origin: origin.to_owned(),
            line,
            message,
        };
        let config: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(0, |span| line_of(text, span.start));
            fault(line, error.message().to_owned())
        })?;
        match config.first_fault() {
            None => Ok(config),
            Some((field, message)) => Err(fault(
                line_of_field(text, field),
                format!("{field} {message}"),
            )),
        }
    }

    /// Reads a configuration file; relative paths in it are from its own folder on.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and where the file cannot be read.
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        let text = String::from_utf8(files::read(path)?)
            .map_err(|_| TrainError::damaged(path, "the file is not UTF-8 text"))?;
        let mut config = Self::parse(&text, path)?;
        config.resolve(path.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    /// Takes the paths of files of tasks that are relative from this folder on.
    pub fn resolve(&mut self, folder: &Path) {
        if let Some(file) = &mut self.tasks.file {
            file.resolve(folder);
        }
    }

    /// Every field, as a file would say it.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // Plain numbers, texts and truth values: there is nothing TOML cannot say.
        toml::to_string_pretty(self).unwrap_or_default()
    }

    /// The digest of every field, but for where files of tasks are: what they hold is told by their own digests.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut told = self.clone();
        told.tasks.file = self.tasks.file.as_ref().map(FileConfig::placeless);
        Digest::of(told.to_toml().as_bytes())
    }

    /// Checks what types cannot: the name of the first wrong field, and what it must be.
    pub(crate) fn first_fault(&self) -> Option<(&'static str, &'static str)> {
        let (m, t, w, r) = (&self.model, &self.tasks, &self.warm_start, &self.rl);
        let e = &self.evaluation;
        let share = |x: f64| (0.0..=1.0).contains(&x);
        let rate = |x: f64| x > 0.0 && x <= 1.0;
        let weight = |x: f64| x.is_finite() && x >= 0.0;
        let heads_fit = m.heads > 0 && m.width.is_multiple_of(2 * m.heads);
        let rules = [
            (
                "model.width",
                (8..=1024).contains(&m.width),
                "must be in 8..=1024",
            ),
            (
                "model.layers",
                (1..=64).contains(&m.layers),
                "must be in 1..=64",
            ),
            (
                "model.heads",
                heads_fit,
                "must divide model.width into even parts",
            ),
            (
                "rl.ahead",
                r.ahead == 0 || self.memory.encoder.is_hashed(),
                "must be 0 where memory.encoder is \"policy\", whose vectors are those of the step before",
            ),
            ("tasks.gold", t.gold > 0, "must be at least 1"),
            ("tasks.rows", t.rows >= 1, "must be at least 1"),
            (
                "tasks.plain",
                weight(t.plain) && t.plain > 0.0,
                "must be above 0",
            ),
            ("tasks.alias", weight(t.alias), "must be 0 or more"),
            ("tasks.ambiguous", weight(t.ambiguous), "must be 0 or more"),
            (
                "tasks.pool_plain",
                weight(t.pool_plain) && t.pool_plain > 0.0,
                "must be above 0",
            ),
            (
                "tasks.pool_alias",
                weight(t.pool_alias),
                "must be 0 or more",
            ),
            ("tasks.eight_way", share(t.eight_way), "must be in [0, 1]"),
            (
                "tasks.pool_binary",
                weight(t.pool_binary),
                "must be 0 or more",
            ),
            (
                "tasks.pool_eight_way",
                weight(t.pool_eight_way),
                "must be 0 or more",
            ),
            (
                "warm_start.batch",
                (1..=1024).contains(&w.batch),
                "must be in 1..=1024",
            ),
            (
                "warm_start.learning_rate",
                rate(w.learning_rate),
                "must be in (0, 1]",
            ),
            (
                "warm_start.weight_decay",
                share(w.weight_decay),
                "must be in [0, 1]",
            ),
            (
                "warm_start.check_every",
                w.check_every > 0,
                "must be at least 1",
            ),
            (
                "warm_start.validation_tasks",
                w.validation_tasks >= 2,
                "must be at least 2",
            ),
            ("warm_start.edge", share(w.edge), "must be in [0, 1]"),
            (
                "warm_start.long_term_margin",
                share(w.long_term_margin),
                "must be in [0, 1]",
            ),
            (
                "warm_start.short_term_margin",
                share(w.short_term_margin),
                "must be in [0, 1]",
            ),
            (
                "warm_start.steps",
                w.steps >= w.decay,
                "must be at least warm_start.decay",
            ),
            (
                "warm_start.tries",
                (1..=100).contains(&w.tries),
                "must be in 1..=100",
            ),
            (
                "rl.kept",
                r.kept >= 1 && r.kept <= r.drawn,
                "must be in 1..=rl.drawn",
            ),
            (
                "rl.group",
                (2..=256).contains(&r.group),
                "must be in 2..=256",
            ),
            (
                "rl.temperature",
                rate(r.temperature / 4.0),
                "must be in (0, 4]",
            ),
            (
                "rl.learning_rate",
                rate(r.learning_rate),
                "must be in (0, 1]",
            ),
            ("rl.anchor", weight(r.anchor), "must be 0 or more"),
            ("rl.replay", weight(r.replay), "must be 0 or more"),
            (
                "rl.replay_success",
                share(r.replay_success),
                "must be in [0, 1]",
            ),
            ("rl.retries", r.retries < r.drawn, "must be below rl.drawn"),
            (
                "memory.dropout",
                share(self.memory.dropout),
                "must be in [0, 1]",
            ),
            (
                "memory.capacity",
                self.memory.capacity > 0,
                "must be at least 1",
            ),
            ("evaluation.iid", e.iid > 0, "must be at least 1"),
            (
                "evaluation.alias",
                e.alias.is_multiple_of(8),
                "must be a multiple of 8",
            ),
            (
                "evaluation.samples",
                (1..=256).contains(&e.samples),
                "must be in 1..=256",
            ),
            (
                "evaluation.temperature",
                rate(e.temperature / 4.0),
                "must be in (0, 4]",
            ),
            ("evaluation.draws", e.draws >= 100, "must be at least 100"),
            (
                "checkpoint_every",
                self.checkpoint_every > 0,
                "must be at least 1",
            ),
        ];
        rules
            .into_iter()
            .chain(rl::rules(r))
            .find(|(_, holds, _)| !holds)
            .map(|(field, _, rule)| (field, rule))
            .or_else(|| file::first_fault(self))
            .or_else(|| self.inner.first_fault(r))
    }
}

fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes()[..byte.min(text.len())]
        .iter()
        .filter(|b| **b == b'\n')
        .count()
        + 1
}

/// The line that sets `section.key`; 0 where the text leaves it at its default.
fn line_of_field(text: &str, field: &str) -> usize {
    let (section, key) = field.rsplit_once('.').unwrap_or(("", field));
    let mut inside = String::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            inside = name.trim().to_owned();
        } else if inside == section
            && line
                .split_once('=')
                .is_some_and(|(name, _)| name.trim() == key)
        {
            return number + 1;
        }
    }
    0
}
