use super::{Plan, Ratio, Rules, Sample, Term};

/// Rejection-sampling fine-tuning (arXiv 2308.01825, section 3.3): the supervised loss on the distinct programs that passed,
///
/// ```text
/// J = mean over their tokens of log π
/// ```
///
/// A baseline of reinforcement learning: the same samples and no negative ones. It is no policy gradient, so the sampling
/// temperature does not enter, and updates may be repeated.
pub(super) fn plan(samples: &[Sample], _: &Rules) -> Plan {
    let taken = |sample: &&Sample| sample.passed && !sample.repeated;
    let tokens: usize = samples.iter().filter(taken).map(|it| it.length).sum();
    Plan {
        terms: samples
            .iter()
            .map(|sample| {
                Term::new(
                    vec![f64::from(u8::from(taken(&sample))); sample.length],
                    1.0 / tokens.max(1) as f64,
                )
            })
            .collect(),
        ratio: Ratio::None,
    }
}
