use super::{Plan, Ratio, Rules, Sample, Term, moments::by_group};

/// Group relative policy optimization (arXiv 2402.03300, equation 3, with outcome supervision, section 4.1.2):
///
/// ```text
/// J = mean over groups of 1/G Σ_i 1/|o_i| Σ_t { min(r_it Â_i, clip(r_it, 1 − ε, 1 + ε) Â_i) − β D_KL },   Â_i = (R_i − mean) / std
/// ```
///
/// mean and std are the group's. D_KL is the estimator of equation 4, and `rl.kl` is β (0.04 in the paper, 0 by
/// default here). Judges' credit on a token is added before the division.
pub(super) fn plan(samples: &[Sample], rules: &Rules) -> Plan {
    let groups = by_group(samples, |sample| sample.reward);
    let (low, high) = rules.clip(0.2, 0.2);
    Plan {
        terms: samples
            .iter()
            .map(|sample| {
                let own = groups[sample.group];
                Term::new(
                    sample.advantages(sample.reward - own.mean, own.divisor()),
                    1.0 / (groups.len() as f64 * own.count * sample.length as f64),
                )
            })
            .collect(),
        ratio: Ratio::Token(low, high),
    }
}
