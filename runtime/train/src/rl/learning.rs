//! A step's updates: the objective on what was sampled, the supervised anchor, and replay.

use super::{
    chosen::{Chosen, choose, drawn, planned, units_of},
    group::Group,
    objective::{Plan, Seen, Surrogate},
    replay,
};
use crate::{
    RlConfig, TrainError,
    model::{Answer, Batch, Prefixes, Unit, gradient_by, log_probs},
    parts::Part,
    run::Run,
    warm_start::supervised,
};

/// What learning saw.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    /// How far the policy that sampled was from the one that the run started from, where that was measured.
    pub(super) kl_to_start: Option<f64>,
    /// Mean entropy of the policy on the programs that were learnt from, in nats, before the first update.
    pub(super) entropy: f64,
    /// Mean over the updates.
    pub(super) gradient_norm: f64,
    /// Of the last update.
    pub(super) seen: Seen,
    /// Mean absolute difference between a token's log-probability as it was sampled and as it is learnt, in nats, before
    /// the first update; none of no program.
    pub(super) drift: Option<f64>,
}

/// A step's batch, ready to be learnt from.
pub(super) struct Lesson {
    config: RlConfig,
    batch: Batch,
    sampled: Sampled,
    /// Log-probabilities of replay's tokens as they were sampled, where ratios are taken.
    replayed: Vec<f32>,
    /// Compute that learning from it takes, in tokens that go forward and back.
    pub(super) compute: u64,
}

/// What an update needs to know of the sampled part of its batch.
struct Sampled {
    plan: Plan,
    /// log π_start of each token, where the loss has a KL term.
    start: Option<Vec<f32>>,
    /// Log-probabilities as the sampler saw them.
    drawn: Vec<f32>,
}

impl Lesson {
    /// Of a step's groups, the anchor's rows and replay.
    pub(super) fn of(run: &mut Run<'_>, groups: &[Group], config: &RlConfig) -> Self {
        let mut chosen = choose(groups, config);
        let start = if config.kl > 0.0 {
            compare_with_start(run, &mut chosen, config)
        } else {
            Vec::new()
        };
        let in_loss = config.kl > 0.0 && !config.objective.penalises_reward();
        let longest = run.at.config.model.answer;
        let (chosen, plan, start) = planned(chosen, config, longest, start, in_loss);
        let mut units = units_of(&chosen);
        let (others, replayed) = beside(run, config);
        units.extend(others);
        let drawn = drawn(&chosen);
        let batch = Batch::new(&units, Prefixes::of(&run.at.policy));
        let batch = batch.at_temperature(drawn.len(), temperature(config));
        let tokens = if batch.targets.is_empty() {
            0
        } else {
            batch.tokens.len()
        };
        Self {
            config: config.clone(),
            sampled: Sampled {
                plan,
                start: in_loss.then_some(start),
                drawn,
            },
            replayed,
            batch,
            compute: (config.updates * tokens) as u64,
        }
    }

    /// Learns from it: `rl.updates` steps of the optimiser at this rate.
    pub(super) fn learn(&self, run: &mut Run<'_>, rate: f64) -> Result<Told, TrainError> {
        let (config, batch) = (&self.config, &self.batch);
        let count = self.sampled.drawn.len();
        let mut told = Told::default();
        let mut old: Option<Vec<f32>> = None;
        for update in 0..config.updates {
            let learnt = run.timed(Part::Learning, |run| {
                let policy = &run.at.policy;
                gradient_by(policy, Prefixes::of(policy), batch, |all| {
                    let now = &all[..count];
                    if update == 0 && count > 0 {
                        told.drift = Some(drift(now, &self.sampled.drawn));
                    }
                    let old = old.get_or_insert_with(|| self.sampled.old(now, config));
                    let (own, seen) = self.sampled.weights(now, old, config);
                    told.seen = seen;
                    let mut weights = batch.weights.clone();
                    weights[..count].copy_from_slice(&own);
                    replay::correct(&mut weights, all, &self.replayed, config.replay_ratio);
                    weights
                })
            });
            if update == 0 && count > 0 {
                let entropies = learnt.entropies[..count].iter().copied();
                told.entropy = entropies.map(f64::from).sum::<f64>() / count as f64;
            }
            let norm = run.timed(Part::Learning, |run| run.descend(&learnt, rate, 0.0));
            told.gradient_norm += norm? / config.updates as f64;
            run.at.state.rl_compute += learnt.tokens as u64;
        }
        Ok(told)
    }
}

impl Sampled {
    /// The log-probabilities that ratios compare with, those before the first update being `now`: the policy's own where it is
    /// the one that sampled, so that each ratio is 1; else the sampler's, since that policy is gone.
    fn old(&self, now: &[f32], config: &RlConfig) -> Vec<f32> {
        if config.ahead > 0 {
            self.drawn.clone()
        } else {
            now.to_vec()
        }
    }

    /// What ∇ log π of each token is weighed with.
    fn weights(&self, now: &[f32], old: &[f32], config: &RlConfig) -> (Vec<f32>, Seen) {
        let surrogate = Surrogate {
            plan: &self.plan,
            old,
            start: self.start.as_deref(),
            kl: config.kl,
        };
        surrogate.weights(now)
    }
}

/// Mean absolute difference.
fn drift(now: &[f32], drawn: &[f32]) -> f64 {
    let gaps = now.iter().zip(drawn);
    let sum: f64 = gaps.map(|(a, b)| f64::from((a - b).abs())).sum();
    sum / now.len() as f64
}

/// The units of the objective for the policy that sampled, whose ratio is 1, each with its group's place among these. Without
/// KL. No program is longer than `longest` tokens.
pub(super) fn on_policy(groups: &[Group], config: &RlConfig, longest: usize) -> Vec<(usize, Unit)> {
    let chosen = choose(groups, config);
    let (chosen, plan, _) = planned(chosen, config, longest, Vec::new(), false);
    let mut units: Vec<(usize, Unit)> = Vec::new();
    for (it, term) in chosen.iter().zip(&plan.terms) {
        if units.last().is_none_or(|(of, _)| *of != it.of) {
            let unit = Unit {
                prompt: it.prompt.to_vec(),
                answers: Vec::new(),
            };
            units.push((it.of, unit));
        }
        let weights = term.advantages.iter();
        let answer = Answer {
            tokens: it.program.tokens.clone(),
            weights: weights.map(|one| (one * term.share) as f32).collect(),
        };
        if let Some((_, unit)) = units.last_mut() {
            unit.answers.push(answer);
        }
    }
    units
}

/// The temperature of the policy that is learnt: that of sampling, but for a supervised loss.
fn temperature(config: &RlConfig) -> f64 {
    if config.objective.is_policy_gradient() {
        config.temperature
    } else {
        1.0
    }
}

/// Measures the programs under the policy that the run started from, one forward pass. Where the penalty is part of the
/// reward, gives each sample its drift: from the policy as it is, another pass, where that one sampled; else
/// from what the sampler saw.
fn compare_with_start(run: &mut Run<'_>, chosen: &mut [Chosen<'_>], config: &RlConfig) -> Vec<f32> {
    let Some(from) = run.at.start_policy() else {
        return Vec::new();
    };
    let targets = chosen.iter().map(|it| it.sample.length).sum();
    let batch = Batch::new(&units_of(chosen), Prefixes::of(&from));
    let batch = batch.at_temperature(targets, temperature(config));
    let penalises = config.objective.penalises_reward();
    let passes = 1 + u64::from(penalises && config.ahead == 0);
    // A forward pass takes a third of what learning takes.
    run.at.state.rl_compute += passes * (batch.tokens.len() / 3) as u64;
    run.timed(Part::Learning, |run| {
        let start = log_probs(&from, &batch);
        if penalises {
            let old = if config.ahead > 0 {
                drawn(chosen)
            } else {
                log_probs(&run.at.policy, &batch)
            };
            let mut drift = old.iter().zip(&start).map(|(a, b)| f64::from(a - b));
            for it in chosen {
                it.sample.drift = drift.by_ref().take(it.sample.length).collect();
            }
        }
        start
    })
}

/// The anchor's gold rows and, last, replay, which stand beside every objective; and log-probabilities of replay's tokens as
/// they were sampled, where ratios are taken.
pub(super) fn beside(run: &Run<'_>, config: &RlConfig) -> (Vec<Unit>, Vec<f32>) {
    let mut units = Vec::new();
    if config.anchor > 0.0 && config.anchor_rows > 0 {
        let step = run.at.state.step;
        let anchor = run.material.batch("anchor", step, config.anchor_rows);
        units.extend(supervised(&anchor, config.anchor));
    }
    let (replay, replayed) = replay::units(run, config);
    units.extend(replay);
    (units, replayed)
}

#[cfg(test)]
mod tests {
    use super::{super::group::samples::*, *};

    const LONGEST: usize = 64;

    /// Programs of one token each with reward 1 and −½, both drawn with log-probability −1: advantages ±1 of the deviation.
    #[test]
    fn what_was_drawn_ahead_is_compared_with_what_the_sampler_saw() {
        for (ahead, now, factors, clipped, log_ratio) in [
            // The policy that sampled: no ratio, whatever rounding left between sampler and learner.
            (0, [-1.001, -0.999], [1.0, 1.0], 0.0, 0.0),
            // e^0.1 lies within 1 ± 0.2; beyond it a program that failed is still pushed down.
            (1, [-0.9, -0.5], [1.105_171, 1.648_721], 0.0, 0.3),
            // Up as far as it may be, down as far as it may be.
            (1, [-0.5, -1.5], [0.0, 0.0], 1.0, 0.0),
        ] {
            let config = RlConfig {
                ahead,
                ..RlConfig::default()
            };
            let groups = [group(&[PASSED, FAILED])];
            let chosen = choose(&groups, &config);
            let (chosen, plan, _) = planned(chosen, &config, LONGEST, Vec::new(), false);
            let sampled = Sampled {
                plan,
                start: None,
                drawn: drawn(&chosen),
            };
            assert_eq!(sampled.drawn, [-1.0, -1.0]);
            let old = sampled.old(&now, &config);
            let (weights, seen) = sampled.weights(&now, &old, &config);
            let one = 1.0 / (LONGEST * config.kept * config.group) as f64;
            for ((weight, sign), factor) in weights.iter().zip([1.0, -1.0]).zip(factors) {
                let wanted = sign * factor * one;
                let near = (f64::from(*weight) - wanted).abs() < 1e-4 * one;
                assert!(near, "{now:?}: {weight} for {wanted}");
            }
            assert!((seen.clipped - clipped).abs() < 1e-9, "{now:?}: {seen:?}");
            let moved = seen.log_ratio - log_ratio;
            assert!(moved.abs() < 1e-6, "{now:?}: {seen:?}");
        }
    }
}
