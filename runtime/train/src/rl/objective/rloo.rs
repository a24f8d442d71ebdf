use super::{Plan, Ratio, Rules, Sample, Term, moments::by_group};

/// REINFORCE leave-one-out (arXiv 2402.14740):
///
/// ```text
/// J = mean over groups of 1/k Σ_i [R_i − 1/(k − 1) Σ_{j≠i} R_j] Σ_t log π(o_it),   R_i = r_i − β Σ_t log(π_old / π_start)
/// ```
///
/// The baseline of a sample is the mean of the others, so that it does not depend on the sample; the KL penalty is part
/// of the reward. The sum is divided by the constant M, the longest program, so that it weighs against replay and
/// anchor as the other objectives do. There is no ratio, hence one update a batch. A lone sample has no baseline and
/// teaches by its credit alone.
pub(super) fn plan(samples: &[Sample], rules: &Rules) -> Plan {
    let reward = |sample: &Sample| sample.reward - rules.kl * sample.drift.iter().sum::<f64>();
    let groups = by_group(samples, reward);
    Plan {
        terms: samples
            .iter()
            .map(|sample| {
                let own = groups[sample.group];
                let others = (own.count * own.mean - reward(sample)) / (own.count - 1.0).max(1.0);
                let against = if own.count > 1.0 {
                    reward(sample) - others
                } else {
                    0.0
                };
                Term::new(
                    sample.advantages(against, 1.0),
                    1.0 / (groups.len() as f64 * own.count * rules.longest as f64),
                )
            })
            .collect(),
        ratio: Ratio::None,
    }
}
