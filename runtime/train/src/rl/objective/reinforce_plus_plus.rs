use super::{
    Plan, Ratio, Rules, Sample, Term,
    moments::{EPSILON, Moments},
};

/// REINFORCE++ (arXiv 2501.03262):
///
/// ```text
/// J = mean over the batch's tokens of min(r_it Â_it, clip(r_it, 1 − ε, 1 + ε) Â_it)
/// A_it = R_i − β Σ_{s≥t} log(π_old / π_start)_is,   Â = (A − mean) / std over the batch's tokens
/// ```
///
/// No group: the whole batch is baseline and scale, so a group whose rewards are alike teaches too. The KL penalty is part of
/// the reward, token by token. Judges' credit on a token is added to A.
pub(super) fn plan(samples: &[Sample], rules: &Rules) -> Plan {
    let raw: Vec<Vec<f64>> = samples
        .iter()
        .map(|sample| {
            let to_come = |token: usize| sample.drift.iter().skip(token).sum::<f64>();
            let of = |token| sample.reward - rules.kl * to_come(token) + sample.credit(token);
            (0..sample.length).map(of).collect()
        })
        .collect();
    let all = Moments::of(&raw.concat());
    let (low, high) = rules.clip(0.2, 0.2);
    let normal = |value: f64| (value - all.mean) / (all.deviation + EPSILON);
    Plan {
        terms: raw
            .into_iter()
            .map(|values| {
                Term::new(
                    values.into_iter().map(normal).collect(),
                    1.0 / all.count.max(1.0),
                )
            })
            .collect(),
        ratio: Ratio::Token(low, high),
    }
}
