use serde::{Deserialize, Serialize};

use super::RlConfig;

/// The inner loop of MRLF: a task's own graded attempts adapt a few weights, the context parameters φ,
/// and the outer loop trains the policy for what it does after that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InnerConfig {
    /// Which weights are adapted; `none` for no inner loop.
    pub context: Context,
    /// Vectors of a soft prompt.
    pub tokens: usize,
    /// Rank of a low-rank addition.
    pub rank: usize,
    /// Gradient steps on a task's support.
    pub steps: usize,
    /// Length of such a step: the gradient is scaled down to norm 1 where it is longer. 0 keeps φ as it is.
    pub rate: f64,
    /// Attempts on a task that its context is adapted to.
    pub support: usize,
    /// Whether attempts are also credited with what the adaptation to them brought (E-MAML).
    pub credit: bool,
    /// Whose attempts a task's context is adapted to.
    pub support_from: SupportFrom,
    /// Tasks in an outer step.
    pub tasks: usize,
    /// Supervised steps on gold rows that give a soft prompt its start; the rest of the policy stays.
    pub warm_up: usize,
    /// Rate of the first of them; it falls to 0 in a straight line.
    pub warm_up_rate: f64,
}

/// Which weights an inner loop adapts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    /// None: there is no inner loop.
    #[default]
    None,
    /// Vectors before the prompt.
    SoftPrompt,
    /// The scales of the norms.
    Norms,
    /// Low-rank additions to the projections into and out of attention.
    Lora,
}

/// Whose attempts a task's context is adapted to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SupportFrom {
    /// The task's own.
    #[default]
    Own,
    /// Another task's: the control for what they say.
    Other,
}

impl Default for InnerConfig {
    fn default() -> Self {
        Self {
            context: Context::None,
            tokens: 4,
            rank: 2,
            steps: 1,
            rate: 1.0,
            support: 8,
            credit: false,
            support_from: SupportFrom::Own,
            tasks: 24,
            warm_up: 150,
            warm_up_rate: 3e-3,
        }
    }
}

impl InnerConfig {
    /// Whether there is an inner loop.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.context != Context::None
    }

    /// The first field that cannot be beside these of the outer step, and what it must be.
    pub(super) fn first_fault(&self, rl: &RlConfig) -> Option<(&'static str, &'static str)> {
        let off = !self.is_on();
        let rate = |x: f64| (0.0..=10.0).contains(&x);
        let rules = [
            (
                "inner.tokens",
                (1..=64).contains(&self.tokens),
                "must be in 1..=64",
            ),
            (
                "inner.rank",
                (1..=64).contains(&self.rank),
                "must be in 1..=64",
            ),
            (
                "inner.steps",
                (1..=8).contains(&self.steps),
                "must be in 1..=8; a rate of 0 keeps the context as it is",
            ),
            ("inner.rate", rate(self.rate), "must be in [0, 10]"),
            (
                "inner.support",
                (2..=64).contains(&self.support),
                "must be in 2..=64",
            ),
            (
                "inner.tasks",
                (2..=1024).contains(&self.tasks),
                "must be in 2..=1024",
            ),
            (
                "inner.tasks",
                off || self.tasks > rl.retries,
                "must be above rl.retries",
            ),
            (
                "rl.temperature",
                off || (rl.temperature - 1.0).abs() < 1e-9,
                "must be 1 with an inner loop, which learns from its attempts at that temperature",
            ),
            (
                "rl.updates",
                off || rl.updates == 1,
                "must be 1 with an inner loop: the context that a query was sampled with is of one policy",
            ),
            (
                "rl.ahead",
                off || rl.ahead == 0,
                "must be 0 with an inner loop: contexts and what is written with them are of the policy as it is",
            ),
            (
                "rl.replay_ratio",
                off || rl.replay_ratio == 0.0,
                "must be 0 with an inner loop: what is replayed was written with contexts that are gone",
            ),
            (
                "rl.kl",
                off || rl.kl == 0.0,
                "must be 0 with an inner loop: the start has no adapted contexts to compare with",
            ),
            (
                "inner.warm_up_rate",
                rate(self.warm_up_rate),
                "must be in [0, 10]",
            ),
        ];
        rules
            .into_iter()
            .find(|(_, holds, _)| !holds)
            .map(|(field, _, rule)| (field, rule))
    }
}
