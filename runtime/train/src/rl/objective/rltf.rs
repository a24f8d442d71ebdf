use super::{Plan, Ratio, Rules, Sample, Term, moments::by_group};

/// RLTF (arXiv 2307.04349, section 3.3):
///
/// ```text
/// J = mean over groups of 1/G Σ_i Σ_t (R_i + c_it) log π(o_it)
/// ```
///
/// The reward itself, without a baseline. Which feedback it is, the reward file says: `tests` is the adaptive form (with the
/// coarse one for programs that do not run), `tests-coarse` the coarse form alone, and `tests-and-error-credit` adds
/// the fine-grained one as credit c on the tokens of the error, scaled by the program's length over theirs. Divided by
/// the constant M, the longest program. There is no ratio, hence one update a batch.
pub(super) fn plan(samples: &[Sample], rules: &Rules) -> Plan {
    let groups = by_group(samples, |sample| sample.reward);
    Plan {
        terms: samples
            .iter()
            .map(|sample| {
                Term::new(
                    sample.advantages(sample.reward, 1.0),
                    1.0 / (groups.len() as f64 * groups[sample.group].count * rules.longest as f64),
                )
            })
            .collect(),
        ratio: Ratio::None,
    }
}
