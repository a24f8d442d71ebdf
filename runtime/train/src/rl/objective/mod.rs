//! What a step of reinforcement learning maximises, by name.
//!
//! Every objective here is Σ over tokens of a share times a term of that token's log-probability, so that its
//! gradient is Σ w_t ∇ log π(token t) and only the weights w_t differ. An objective is one file: it gives each token an
//! advantage, each program a share of the sum, and says by which ratio to the policy that sampled the
//! term is corrected ([`Ratio`]). [`Surrogate`] makes values and weights of that.
//!
//! Samples without a reward (a fault of ours, or the judges gave none) never come this far. Rewards are compared
//! in groups: the programs of one prompt. Standard deviations are those of the samples at hand, over their
//! number, and 1e-6 is added to them.

mod dapo;
mod default;
mod dr_grpo;
mod grpo;
mod gspo;
mod moments;
mod reinforce_plus_plus;
mod rejection_sampling;
mod rloo;
mod rltf;
mod surrogate;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub(crate) use surrogate::{Seen, Surrogate};

/// What a step of reinforcement learning maximises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// FALCON's own: the group's mean as baseline, the batch's deviation, a constant length.
    #[default]
    Default,
    /// Group relative policy optimization (arXiv 2402.03300).
    Grpo,
    /// GRPO without its two biases (arXiv 2503.20783).
    DrGrpo,
    /// REINFORCE against the mean of the others of the group (arXiv 2402.14740).
    Rloo,
    /// The whole batch as baseline and scale (arXiv 2501.03262).
    #[serde(rename = "reinforce++")]
    ReinforcePlusPlus,
    /// Clip-higher, token-level mean, overlong shaping (arXiv 2503.14476).
    Dapo,
    /// One ratio for the whole program (arXiv 2507.18071).
    Gspo,
    /// The reward itself, without a baseline (arXiv 2307.04349).
    Rltf,
    /// The supervised loss on the programs that passed.
    RejectionSampling,
}

/// A program that was sampled and has a reward.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    /// Its prompt, counted from 0 over the batch without a gap.
    pub(crate) group: usize,
    /// What the judges gave.
    pub(crate) reward: f64,
    /// Whether every test held.
    pub(crate) passed: bool,
    /// Whether an earlier sample of its group is the same program.
    pub(crate) repeated: bool,
    /// Tokens, the end token included; at least 1.
    pub(crate) length: usize,
    /// Judges' credit on each token, in the reward's scale; empty where there is none.
    pub(crate) credit: Vec<f64>,
    /// log π_old − log π_start of each token; empty where the objective takes no KL penalty into its reward.
    pub(crate) drift: Vec<f64>,
}

impl Sample {
    /// The judges' credit on a token.
    fn credit(&self, token: usize) -> f64 {
        self.credit.get(token).copied().unwrap_or(0.0)
    }

    /// For each token `value` plus its credit, divided by `deviation`.
    fn advantages(&self, value: f64, deviation: f64) -> Vec<f64> {
        let of = |token| (value + self.credit(token)) / deviation;
        (0..self.length).map(of).collect()
    }
}

/// The sizes and settings that formulas name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rules {
    /// Groups that a batch is made of.
    pub(crate) groups: usize,
    /// Programs sampled for a prompt.
    pub(crate) group: usize,
    /// M: tokens of a program at most.
    pub(crate) longest: usize,
    /// β, the weight of the KL divergence from the start.
    pub(crate) kl: f64,
    /// ε below 1 and above, where the configuration gives them.
    pub(crate) clip: (Option<f64>, Option<f64>),
}

impl Rules {
    /// The configuration's clip, else this.
    fn clip(&self, low: f64, high: f64) -> (f64, f64) {
        (self.clip.0.unwrap_or(low), self.clip.1.unwrap_or(high))
    }
}

/// A sample's part in the sum.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term {
    /// Â_t of each token.
    pub(crate) advantages: Vec<f64>,
    /// What each token's term is multiplied by.
    pub(crate) share: f64,
    /// What its KL divergence from the start is multiplied by.
    pub(crate) kl_share: f64,
}

impl Term {
    fn new(advantages: Vec<f64>, share: f64) -> Self {
        Self {
            advantages,
            share,
            kl_share: share,
        }
    }
}

/// How a term is corrected where the policy is no longer the one that sampled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ratio {
    /// Not at all: the term is Â log π.
    None,
    /// min(r Â, clip(r, 1 − low, 1 + high) Â) with r = π / π_old of the token (PPO, arXiv 1707.06347, equation 7).
    Token(f64, f64),
    /// The same with r = (π / π_old)^(1/length) of the whole program.
    Program(f64, f64),
}

/// An objective's terms for a batch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// One for each sample.
    pub(crate) terms: Vec<Term>,
    /// The correction of all of them.
    pub(crate) ratio: Ratio,
}

impl Objective {
    /// The terms of these samples.
    pub(crate) fn plan(self, samples: &[Sample], rules: &Rules) -> Plan {
        match self {
            Self::Default => default::plan(samples, rules),
            Self::Grpo => grpo::plan(samples, rules),
            Self::DrGrpo => dr_grpo::plan(samples, rules),
            Self::Rloo => rloo::plan(samples, rules),
            Self::ReinforcePlusPlus => reinforce_plus_plus::plan(samples, rules),
            Self::Dapo => dapo::plan(samples, rules),
            Self::Gspo => gspo::plan(samples, rules),
            Self::Rltf => rltf::plan(samples, rules),
            Self::RejectionSampling => rejection_sampling::plan(samples, rules),
        }
    }

    /// Which groups it learns from.
    pub(crate) fn learns_from(self) -> LearnsFrom {
        match self {
            Self::ReinforcePlusPlus | Self::Rltf => LearnsFrom::Rewarded,
            Self::RejectionSampling => LearnsFrom::Passed,
            _ => LearnsFrom::Varied,
        }
    }

    /// Whether the KL penalty is part of the reward; else it is a term of the loss.
    pub(crate) fn penalises_reward(self) -> bool {
        matches!(self, Self::Rloo | Self::ReinforcePlusPlus)
    }

    /// Whether its terms stay true when the policy has moved away from the one that sampled: with a ratio, or since
    /// they are of no policy in particular.
    pub(crate) fn repeats(self) -> bool {
        !matches!(self, Self::Rloo | Self::Rltf)
    }

    /// Whether its terms are corrected by a ratio to the policy that sampled.
    pub(crate) fn has_ratio(self) -> bool {
        !matches!(self, Self::Rloo | Self::Rltf | Self::RejectionSampling)
    }

    /// Whether it is of the policy as it samples, at the sampling temperature; a supervised loss is not.
    pub(crate) fn is_policy_gradient(self) -> bool {
        self != Self::RejectionSampling
    }
}

/// Which groups an objective learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LearnsFrom {
    /// Those whose rewards differ, or in which judges gave credit to parts of programs.
    Varied,
    /// Those with any reward.
    Rewarded,
    /// Those in which a program passed.
    Passed,
}
