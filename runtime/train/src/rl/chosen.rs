//! Which sampled programs are learnt from, and with which terms.

use falcon_tasks::TokenId;

use super::{
    group::Group,
    objective::{LearnsFrom, Plan, Rules, Sample},
};
use crate::{
    RlConfig,
    grade::passed,
    model::{Answer, Completion, Unit},
};

/// A sampled program that is learnt from.
pub(super) struct Chosen<'a> {
    /// Its group's place among the step's.
    pub(super) of: usize,
    pub(super) prompt: &'a [TokenId],
    pub(super) program: &'a Completion,
    pub(super) sample: Sample,
}

/// The programs with a reward of the first groups that teach, those whose rewards differ before those with credit alone.
pub(super) fn choose<'a>(groups: &'a [Group], config: &RlConfig) -> Vec<Chosen<'a>> {
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

/// The objective's terms for these samples, of at most `longest` tokens each, without those that would move nothing; `all`
/// keeps them too.
pub(super) fn planned<'a>(
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

/// One unit for each group; the weights of its answers are the surrogate's to give.
pub(super) fn units_of(chosen: &[Chosen<'_>]) -> Vec<Unit> {
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

/// Log-probabilities as the sampler saw them, program after program.
pub(super) fn drawn(chosen: &[Chosen<'_>]) -> Vec<f32> {
    let each = chosen.iter().flat_map(|it| &it.program.log_probs);
    each.copied().collect()
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

fn rules(config: &RlConfig, longest: usize) -> Rules {
    Rules {
        groups: config.kept,
        group: config.group,
        longest,
        kl: config.kl,
        clip: (config.clip_low, config.clip_high),
    }
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
