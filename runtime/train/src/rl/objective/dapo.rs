use super::{Plan, Ratio, Rules, Sample, Term, moments::by_group};

/// Decoupled clip and dynamic sampling (arXiv 2503.14476, equations 8 and 13):
///
/// ```text
/// J = mean over groups of 1/Σ|o_i| Σ_i Σ_t min(r_it Â_i, clip(r_it, 1 − ε_low, 1 + ε_high) Â_i),   Â_i = (R_i − mean) / std
/// R_i = r_i + {0 where |o_i| ≤ M − C; (M − C − |o_i|) / C up to M; −1 beyond}
/// ```
///
/// with ε_low = 0.2 and ε_high = 0.28 unless the configuration says otherwise, M the longest program and C = M / 5, the
/// paper's proportion. A program that was cut at M is as long as can be and gets −1. Dynamic sampling is what every
/// objective with a group baseline does here: groups without variance are left out and more are drawn.
/// Judges' credit on a token is added before the division.
pub(super) fn plan(samples: &[Sample], rules: &Rules) -> Plan {
    let reward = |sample: &Sample| sample.reward + overlong(sample.length, rules.longest);
    let groups = by_group(samples, reward);
    let lengths = by_group(samples, |sample| sample.length as f64);
    let (low, high) = rules.clip(0.2, 0.28);
    Plan {
        terms: samples
            .iter()
            .map(|sample| {
                let (own, length) = (groups[sample.group], lengths[sample.group]);
                Term::new(
                    sample.advantages(reward(sample) - own.mean, own.divisor()),
                    1.0 / (groups.len() as f64 * length.count * length.mean),
                )
            })
            .collect(),
        ratio: Ratio::Token(low, high),
    }
}

/// The soft punishment of programs that come near the limit.
fn overlong(length: usize, longest: usize) -> f64 {
    let (length, longest) = (length as f64, longest as f64);
    let cache = longest / 5.0;
    ((longest - cache - length) / cache).clamp(-1.0, 0.0)
}
