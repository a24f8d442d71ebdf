use super::{
    Plan, Ratio, Rules, Sample, Term,
    moments::{Moments, by_group},
};

/// FALCON's own objective:
///
/// ```text
/// J = 1/(M·K·G) Σ_i Σ_t min(r_it Â_it, clip(r_it, 1 − ε, 1 + ε) Â_it),   Â_it = (R_i − mean of its group + c_it) / (σ + 1e-6)
/// ```
///
/// with σ the deviation of the batch's centred rewards, of groups whose rewards differ (REINFORCE++'s variant with a group
/// baseline, arXiv 2501.03262; groups that teach by credit alone would make σ as small as they are many),
/// c judges' credit, M the longest program, K groups of G programs: a constant length, so that long failures are
/// not favoured (Dr. GRPO, arXiv 2503.20783, section 3). Where no rewards differ there is credit alone, in the judges' own scale.
/// In the first update of a batch every ratio r is 1, so with `rl.updates = 1` this is Σ Â log π.
pub(super) fn plan(samples: &[Sample], rules: &Rules) -> Plan {
    let groups = by_group(samples, |sample| sample.reward);
    let centred = |sample: &Sample| sample.reward - groups[sample.group].mean;
    let varied = samples
        .iter()
        .filter(|sample| groups[sample.group].deviation > 1e-9);
    let of_varied = varied.map(centred).collect::<Vec<_>>();
    let deviation = Moments::of(&of_varied).divisor();
    let length = (rules.longest * rules.groups * rules.group) as f64;
    let share = 1.0 / (deviation * length);
    let (low, high) = rules.clip(0.2, 0.2);
    Plan {
        terms: samples
            .iter()
            .map(|sample| Term {
                advantages: sample.advantages(centred(sample), 1.0),
                share,
                kl_share: 1.0 / length,
            })
            .collect(),
        ratio: Ratio::Token(low, high),
    }
}
