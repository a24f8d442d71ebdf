use super::{Plan, Ratio, Rules, Sample, Term, moments::by_group};

/// GRPO done right (arXiv 2503.20783, section 3.2): GRPO without the division by a program's length, which
/// favours long failures, and by the group's deviation, which favours tasks that are too easy or too hard.
///
/// ```text
/// J = mean over groups of 1/G Σ_i 1/M Σ_t min(r_it Â_i, clip(r_it, 1 − ε, 1 + ε) Â_i),   Â_i = R_i − mean
/// ```
///
/// with M a constant, here the longest program. Judges' credit on a token is added to Â.
pub(super) fn plan(samples: &[Sample], rules: &Rules) -> Plan {
    let groups = by_group(samples, |sample| sample.reward);
    let (low, high) = rules.clip(0.2, 0.2);
    Plan {
        terms: samples
            .iter()
            .map(|sample| {
                let own = groups[sample.group];
                Term::new(
                    sample.advantages(sample.reward - own.mean, 1.0),
                    1.0 / (groups.len() as f64 * own.count * rules.longest as f64),
                )
            })
            .collect(),
        ratio: Ratio::Token(low, high),
    }
}
