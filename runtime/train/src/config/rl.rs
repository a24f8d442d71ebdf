use super::RlConfig;

/// What must hold of the objective and its updates: field, whether it does, what it must be.
pub(super) fn rules(r: &RlConfig) -> [(&'static str, bool, &'static str); 8] {
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
