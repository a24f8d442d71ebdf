use super::{Plan, Ratio, Rules, Sample, Term, moments::by_group};

/// Group sequence policy optimization (arXiv 2507.18071, equations 5 to 7):
///
/// ```text
/// J = mean over groups of 1/G Σ_i min(s_i Â_i, clip(s_i, 1 − ε_low, 1 + ε_high) Â_i),   Â_i = (R_i − mean) / std
/// s_i = exp(1/|o_i| Σ_t log(π / π_old)_it)
/// ```
///
/// with ε_low = 3e-4 and ε_high = 4e-4 as in the paper's experiments, since a mean over tokens moves little. Where judges give
/// tokens credit of their own it is the paper's GSPO-token (equation 13), whose gradient for equal advantages is this one's.
pub(super) fn plan(samples: &[Sample], rules: &Rules) -> Plan {
    let groups = by_group(samples, |sample| sample.reward);
    let (low, high) = rules.clip(3e-4, 4e-4);
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
        ratio: Ratio::Program(low, high),
    }
}
