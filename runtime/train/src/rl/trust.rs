//! How far the policy has come.

use super::group::Group;
use crate::{
    model::{Answer, Batch, Prefixes, Unit, log_probs},
    run::Run,
};

/// KL divergence of the policy from the one that the run started from, in nats a token, at the sampling temperature: the mean
/// of e^d − d − 1 with d = log π_start − log π (k3; GRPO, arXiv 2402.03300, equation 4) over the first program of each
/// group. Those are samples of the policy, drawn before groups are dropped, so it is unbiased. None where a run has no
/// start, or nothing was written.
pub(super) fn kl_to_start(run: &Run<'_>, groups: &[Group]) -> Option<f64> {
    let start = run.at.start_policy()?;
    let first = groups.iter().filter_map(|group| {
        let program = group.programs.first()?;
        let answers = vec![Answer::even(program.tokens.clone(), 0.0)];
        let prompt = group.prompt.tokens.clone();
        Some((Unit { prompt, answers }, &program.log_probs))
    });
    let (units, drawn): (Vec<Unit>, Vec<&Vec<f32>>) = first.unzip();
    let now: Vec<f32> = drawn.into_iter().flatten().copied().collect();
    let batch = Batch::new(&units, Prefixes::of(&start));
    let batch = batch.at_temperature(now.len(), run.at.config.rl.temperature);
    let start = log_probs(&start, &batch);
    let k3 = |(start, now): (&f32, &f32)| {
        let drift = f64::from(*start) - f64::from(*now);
        drift.exp() - drift - 1.0
    };
    (!now.is_empty()).then(|| start.iter().zip(&now).map(k3).sum::<f64>() / now.len() as f64)
}
