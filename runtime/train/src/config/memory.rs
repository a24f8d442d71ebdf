use falcon_episode::memory::CAPACITY;
use serde::{Deserialize, Serialize};

/// Use of memory in training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MemoryConfig {
    /// Whether long-term memory is asked at all.
    pub long_term: bool,
    /// Whether failed attempts are tried again with feedback.
    pub short_term: bool,
    /// Share of prompts that go without their exemplar.
    pub dropout: f64,
    /// Programs offered to memory in a step at most, verified ones first.
    pub admitted: usize,
    /// Where exemplars come from.
    pub exemplar: ExemplarSource,
    /// Tokens that the memory policy may fill of a prompt.
    pub budget: u32,
    /// Items that each of a run's memories may hold; above it the memory policy says who leaves.
    #[serde(skip_serializing_if = "is_usual_capacity")]
    pub capacity: usize,
    /// Whether a failed program of each group in which nothing passed is offered to memory as a warning.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub warnings: bool,
    /// Whose vectors long-term memory compares.
    #[serde(skip_serializing_if = "EncoderSource::is_hashed")]
    pub encoder: EncoderSource,
    /// Steps of reinforcement learning after which the policy's vectors are made again, by the policy as it is then; 0 keeps
    /// those of the policy that it begins with.
    #[serde(skip_serializing_if = "is_usual_interval")]
    pub encoder_every: usize,
    /// Settings of the memory policy, where they are not its defaults.
    #[serde(skip_serializing_if = "toml::Table::is_empty")]
    pub settings: toml::Table,
}

/// What training shows as an exemplar. All but the first are controls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExemplarSource {
    /// What long-term memory finds.
    #[default]
    Retrieved,
    /// A solved task of another project, of like length, that tells nothing of this one.
    Random,
    /// What long-term memory finds, which is offered nothing after its first fill.
    Stale,
    /// The line that discloses the task's private word, which only the task's maker knows: the ceiling.
    Oracle,
}

impl ExemplarSource {
    /// Whether memory is asked for it.
    #[must_use]
    pub fn is_remembered(self) -> bool {
        matches!(self, Self::Retrieved | Self::Stale)
    }
}

/// Whose vectors long-term memory compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EncoderSource {
    /// Those of hashed n-grams alone, which need no model.
    #[default]
    Hashed,
    /// The policy's own states as well, as a ranking of their own.
    Policy,
}

impl EncoderSource {
    /// Whether no model is asked.
    #[must_use]
    pub fn is_hashed(&self) -> bool {
        *self == Self::Hashed
    }
}

/// Steps between two encoders.
const INTERVAL: usize = 25;

fn is_usual_interval(steps: &usize) -> bool {
    *steps == INTERVAL
}

fn is_usual_capacity(items: &usize) -> bool {
    *items == CAPACITY
}

impl Default for MemoryConfig {
    fn default() -> Self {
        #[allow(clippy::cast_possible_truncation, reason = "a few hundred tokens")]
        let budget = falcon_tasks::MAX_MEMORY as u32;
        Self {
            long_term: true,
            short_term: true,
            dropout: 0.5,
            admitted: 32,
            exemplar: ExemplarSource::default(),
            budget,
            capacity: CAPACITY,
            warnings: false,
            encoder: EncoderSource::default(),
            encoder_every: INTERVAL,
            settings: toml::Table::new(),
        }
    }
}
