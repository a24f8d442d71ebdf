use serde::{Deserialize, Serialize};

use super::RlConfig;

/// Which of the kept programs are drawn for replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplayFrom {
    /// All alike.
    #[default]
    Even,
    /// Those of groups of which 25 to 75 % passed, and others only where these are too few.
    Priority,
}

// What came later is not written where it is off, so that a recipe keeps the digest that it had.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
impl ReplayFrom {
    pub(super) fn is_even(&self) -> bool {
        *self == Self::Even
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
pub(super) fn is_none(steps: &usize) -> bool {
    *steps == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
pub(super) fn is_off(ratio: &f64) -> bool {
    *ratio == 0.0
}

/// What must hold of the objective and its updates: field, whether it does, what it must be.
pub(super) fn rules(r: &RlConfig) -> [(&'static str, bool, &'static str); 10] {
    let clip = |x: Option<f64>, most: f64| x.is_none_or(|x| x > 0.0 && x <= most);
    [
        (
            "rl.updates",
            (1..=64).contains(&r.updates),
            "must be in 1..=64",
        ),
        (
            "rl.updates",
            r.updates == 1 || r.objective.repeats(),
            "must be 1 with this rl.objective: it has no ratio to correct for a policy that has moved",
        ),
        ("rl.ahead", r.ahead <= 1, "must be 0 or 1"),
        (
            "rl.ahead",
            r.ahead == 0 || r.objective.has_ratio(),
            "must be 0 with this rl.objective: it has no ratio to the policy that sampled, which is one step older",
        ),
        (
            "rl.replay_ratio",
            r.replay_ratio == 0.0 || (1.0..=100.0).contains(&r.replay_ratio),
            "must be 0, for none, or in [1, 100]",
        ),
        (
            "rl.replay_ratio",
            r.replay_ratio == 0.0 || (r.temperature - 1.0).abs() < 1e-9,
            "must be 0 unless rl.temperature is 1: replay is of the policy at temperature 1, and its programs are not",
        ),
        ("rl.clip_low", clip(r.clip_low, 1.0), "must be in (0, 1]"),
        (
            "rl.clip_high",
            clip(r.clip_high, 100.0),
            "must be in (0, 100]",
        ),
        (
            "rl.kl",
            r.kl.is_finite() && r.kl >= 0.0,
            "must be 0 or more",
        ),
        (
            "rl.patience",
            r.patience >= 1 || r.check_every == 0,
            "must be at least 1",
        ),
    ]
}
