//! A step's updates: the objective on what was sampled, the supervised anchor, and replay.

use falcon_tasks::TokenId;

use super::{
    group::Group,
    objective::{LearnsFrom, Plan, Rules, Sample, Seen, Surrogate},
    replay,
};
use crate::{
    RlConfig, TrainError,
    grade::passed,
    model::{Answer, Batch, Completion, Prefixes, Unit, gradient_by, log_probs},
    parts::Part,
    run::Run,
    warm_start::supervised,
};

/// What a step's updates saw.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    /// Mean entropy of the policy on the programs that were learnt from, in nats, before the first update.
    pub(super) entropy: f64,
    /// Mean over the updates.
    pub(super) gradient_norm: f64,
    /// Of the last update.
    pub(super) seen: Seen,
    /// Mean absolute difference between a token's log-probability as it was sampled and as it is learnt, in nats.
    pub(super) sampler_gap: f64,
}

/// A sampled program that is learnt from.
struct Chosen<'a> {
    /// Its group's place among the step's.
    of: usize,
    prompt: &'a [TokenId],
    program: &'a Completion,
    sample: Sample,
}

/// Learns from a step's groups: `rl.updates` steps of the optimiser at this rate.
pub(super) fn learn(
    run: &mut Run<'_>,
    groups: &[Group],
    config: &RlConfig,
    rate: f64,
) -> Result<Told, TrainError> {
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
    units.extend(beside(run, config));
    let drawn: Vec<f32> = chosen
        .iter()
        .flat_map(|it| it.program.log_probs.iter().copied())
        .collect();
    let batch = Batch::new(&units, Prefixes::of(&run.at.policy));
    let batch = batch.at_temperature(drawn.len(), temperature(config));
    update(
        run,
        config,
        rate,
        &batch,
        &Sampled {
            plan,
            start: in_loss.then_some(start),
            drawn,
        },
    )
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

/// What an update needs to know of the sampled part of its batch.
struct Sampled {
    plan: Plan,
    /// log π_start of each token, where the loss has a KL term.
    start: Option<Vec<f32>>,
    /// Log-probabilities as the sampler saw them.
    drawn: Vec<f32>,
}

/// The optimiser's steps on one batch; the first one sees the policy that sampled.
fn update(
    run: &mut Run<'_>,
    config: &RlConfig,
    rate: f64,
    batch: &Batch,
    sampled: &Sampled,
) -> Result<Told, TrainError> {
    let count = sampled.drawn.len();
    let mut told = Told::default();
    let mut old: Option<Vec<f32>> = None;
    for update in 0..config.updates {
        let learnt = run.timed(Part::Learning, |run| {
            let policy = &run.at.policy;
            gradient_by(policy, Prefixes::of(policy), batch, |now| {
                let now = &now[..count];
                let surrogate = Surrogate {
                    plan: &sampled.plan,
                    old: old.get_or_insert_with(|| now.to_vec()),
                    start: sampled.start.as_deref(),
                    kl: config.kl,
                };
                let (own, seen) = surrogate.weights(now);
                told.seen = seen;
                let mut weights = batch.weights.clone();
                weights[..count].copy_from_slice(&own);
                weights
            })
        });
        if update == 0 && count > 0 {
            let mean = |sum: f64| sum / count as f64;
            told.entropy = mean(
                learnt.entropies[..count]
                    .iter()
                    .copied()
                    .map(f64::from)
                    .sum(),
            );
            let gaps = old.iter().flatten().zip(&sampled.drawn);
            told.sampler_gap = mean(gaps.map(|(a, b)| f64::from((a - b).abs())).sum());
        }
        let norm = run.timed(Part::Learning, |run| run.descend(&learnt, rate, 0.0));
        told.gradient_norm += norm? / config.updates as f64;
        run.at.state.rl_compute += learnt.tokens as u64;
    }
    Ok(told)
}

/// The temperature of the policy that is learnt: that of sampling, but for a supervised loss.
fn temperature(config: &RlConfig) -> f64 {
    if config.objective.is_policy_gradient() {
        config.temperature
    } else {
        1.0
    }
}

fn rules(config: &RlConfig, longest: usize) -> Rules {
    Rules {
        groups: config.kept,
        group: config.group,
        longest,
        kl: config.kl,
        clip: (config.clip_low, config.clip_high),
    }
}

/// The programs with a reward of the first groups that teach, those whose rewards differ before those with credit alone.
fn choose<'a>(groups: &'a [Group], config: &RlConfig) -> Vec<Chosen<'a>> {
    let teaching = groups.iter().enumerate();
    let mut teaching: Vec<(usize, &Group)> = teaching
        .filter(|(_, group)| group.teaches(config.objective))
        .collect();
    if config.objective.learns_from() == LearnsFrom::Varied {
        teaching.sort_by_key(|(_, group)| !group.varied());
    }
    let mut chosen = Vec::new();
    let mut number = 0;
    for (of, group) in teaching.into_iter().take(config.kept) {
        let from = chosen.len();
        for (at, program) in group.programs.iter().enumerate() {
            let Some(reward) = group.rewards[at].filter(|_| !program.tokens.is_empty()) else {
                continue;
            };
            let same = |it: &Chosen<'_>| it.program.tokens == program.tokens;
            let sample = Sample {
                group: number,
                reward,
                passed: passed(group.episodes[at].as_ref()),
                repeated: chosen[from..].iter().any(same),
                length: program.tokens.len(),
                credit: group.credits[at].clone(),
                drift: Vec::new(),
            };
            chosen.push(Chosen {
                of,
                prompt: &group.prompt.tokens,
                program,
                sample,
            });
        }
        number += usize::from(chosen.len() > from);
    }
    chosen
}

/// Measures the programs under the policy that the run started from, one forward pass. Where the penalty is part of the
/// reward, also under the policy as it is, and gives each sample its drift.
fn compare_with_start(run: &mut Run<'_>, chosen: &mut [Chosen<'_>], config: &RlConfig) -> Vec<f32> {
    let Some(from) = run.at.start_policy() else {
        return Vec::new();
    };
    let targets = chosen.iter().map(|it| it.sample.length).sum();
    let batch = Batch::new(&units_of(chosen), Prefixes::of(&from));
    let batch = batch.at_temperature(targets, temperature(config));
    let passes = 1 + u64::from(config.objective.penalises_reward());
    // A forward pass takes a third of what learning takes.
    run.at.state.rl_compute += passes * (batch.tokens.len() / 3) as u64;
    run.timed(Part::Learning, |run| {
        let start = log_probs(&from, &batch);
        if config.objective.penalises_reward() {
            let now = log_probs(&run.at.policy, &batch);
            let mut drift = now.iter().zip(&start).map(|(a, b)| f64::from(a - b));
            for it in chosen {
                it.sample.drift = drift.by_ref().take(it.sample.length).collect();
            }
        }
        start
    })
}

/// The anchor's gold rows and replay, which stand beside every objective.
pub(super) fn beside(run: &Run<'_>, config: &RlConfig) -> Vec<Unit> {
    let mut units = Vec::new();
    if config.anchor > 0.0 && config.anchor_rows > 0 {
        let step = run.at.state.step;
        let anchor = run.material.batch("anchor", step, config.anchor_rows);
        units.extend(supervised(&anchor, config.anchor));
    }
    units.extend(replay::units(run, config));
    units
}

/// The objective's terms for these samples, without those that would move nothing; `all` keeps them too.
fn planned<'a>(
    chosen: Vec<Chosen<'a>>,
    config: &RlConfig,
    longest: usize,
    start: Vec<f32>,
    all: bool,
) -> (Vec<Chosen<'a>>, Plan, Vec<f32>) {
    let samples: Vec<Sample> = chosen.iter().map(|it| it.sample.clone()).collect();
    let plan = config.objective.plan(&samples, &rules(config, longest));
    drop_idle(chosen, plan, start, all)
}

/// Leaves out the samples that would move nothing.
fn drop_idle(
    chosen: Vec<Chosen<'_>>,
    plan: Plan,
    start: Vec<f32>,
    all: bool,
) -> (Vec<Chosen<'_>>, Plan, Vec<f32>) {
    let Plan { terms, ratio } = plan;
    let mut start = start.into_iter();
    let (mut kept, mut moving, mut begun) = (Vec::new(), Vec::new(), Vec::new());
    for (it, term) in chosen.into_iter().zip(terms) {
        let own: Vec<f32> = start.by_ref().take(it.sample.length).collect();
        let moves = |advantage: &f64| (advantage * term.share) as f32 != 0.0;
        if all || term.advantages.iter().any(moves) {
            kept.push(it);
            moving.push(term);
            begun.extend(own);
        }
    }
    let terms = moving;
    (kept, Plan { terms, ratio }, begun)
}

/// One unit for each group; the weights of its answers are the surrogate's to give.
fn units_of(chosen: &[Chosen<'_>]) -> Vec<Unit> {
    chosen
        .chunk_by(|a, b| a.sample.group == b.sample.group)
        .map(|group| Unit {
            prompt: group[0].prompt.to_vec(),
            answers: group
                .iter()
                .map(|it| Answer::even(it.program.tokens.clone(), 0.0))
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::group::samples::*, *};

    #[test]
    fn faults_are_left_out_of_what_is_learnt() {
        let config = RlConfig::default();
        for (samples, learnt) in [
            (&[PASSED, FAILED][..], &[0, 1][..]),
            (&[FAULT, PASSED, FAILED], &[1, 2]),
            (&[PASSED, None], &[0, 1]),
            (&[FAULT, None], &[]),
            (&[FAULT, PASSED], &[]),
            (&[FAULT, FAULT], &[]),
        ] {
            let groups = [group(samples)];
            let chosen = choose(&groups, &config);
            let (chosen, plan, _) = planned(chosen, &config, 64, Vec::new(), false);
            let found: Vec<u16> = chosen.iter().map(|it| it.program.tokens[0].0).collect();
            assert_eq!(found, learnt, "{samples:?}");
            assert_eq!(plan.terms.len(), learnt.len(), "{samples:?}");
        }
    }

    #[test]
    fn each_objective_takes_the_groups_that_teach_it_something() {
        use crate::Objective::{Default, Grpo, ReinforcePlusPlus, RejectionSampling, Rltf};
        let groups = [
            group(&[FAILED, FAILED]),
            group(&[FAULT]),
            group(&[PASSED, PASSED]),
            group(&[PASSED, FAILED]),
        ];
        for (objective, wanted) in [
            (Default, vec![1.0, -0.5]),
            (Grpo, vec![1.0, -0.5]),
            (Rltf, vec![-0.5, -0.5, 1.0, 1.0, 1.0, -0.5]),
            (ReinforcePlusPlus, vec![-0.5, -0.5, 1.0, 1.0, 1.0, -0.5]),
            (RejectionSampling, vec![1.0, 1.0, 1.0, -0.5]),
        ] {
            let config = RlConfig {
                objective,
                ..RlConfig::default()
            };
            let chosen = choose(&groups, &config);
            let rewards: Vec<f64> = chosen.iter().map(|it| it.sample.reward).collect();
            assert_eq!(rewards, wanted, "{objective:?}");
            let numbers: Vec<usize> = chosen.iter().map(|it| it.sample.group).collect();
            let wanted: Vec<usize> = (0..wanted.len()).map(|at| at / 2).collect();
            assert_eq!(numbers, wanted, "{objective:?}");
        }
    }
}
