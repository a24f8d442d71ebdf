use falcon_episode::Episode;
use falcon_tasks::TokenId;

use crate::{
    RlConfig,
    grade::passed,
    model::{Completion, Unit},
    report::CurvePoint,
};

/// A prompt of a step.
pub(super) struct Prompt {
    pub(super) task: usize,
    pub(super) tokens: Vec<TokenId>,
    /// 2 where it shows feedback on an own failed program.
    pub(super) attempt: u32,
    /// The memory item it shows.
    pub(super) exemplar: Option<String>,
}

/// A prompt with what was sampled for it.
pub(super) struct Group {
    pub(super) prompt: Prompt,
    pub(super) programs: Vec<Completion>,
    pub(super) episodes: Vec<Option<Episode>>,
    /// None where the fault was ours: that sample is not learnt from.
    pub(super) rewards: Vec<Option<f64>>,
}

impl Group {
    pub(super) fn known(&self) -> impl Iterator<Item = f64> {
        self.rewards.iter().copied().flatten()
    }

    pub(super) fn mean(&self) -> f64 {
        let count = self.known().count();
        self.known().sum::<f64>() / count.max(1) as f64
    }

    pub(super) fn varied(&self) -> bool {
        let mean = self.mean();
        self.known().any(|reward| (reward - mean).abs() > 1e-9)
    }

    pub(super) fn pass_rate(&self) -> f64 {
        let right = self
            .episodes
            .iter()
            .filter(|episode| passed(episode.as_ref()))
            .count();
        right as f64 / self.episodes.len().max(1) as f64
    }
}

/// The groups' units: Σ A · log π / (longest program × groups × G) is what they add to the objective.
pub(super) fn policy_gradient(groups: &[Group], config: &RlConfig) -> Vec<Unit> {
    let kept: Vec<&Group> = groups
        .iter()
        .filter(|g| g.varied())
        .take(config.kept)
        .collect();
    let centred: Vec<Vec<Option<f64>>> = kept
        .iter()
        .map(|group| {
            let mean = group.mean();
            group
                .rewards
                .iter()
                .map(|reward| reward.map(|reward| reward - mean))
                .collect()
        })
        .collect();
    let known: Vec<f64> = centred.iter().flatten().copied().flatten().collect();
    let variance = known.iter().map(|x| x * x).sum::<f64>() / known.len().max(1) as f64;
    let length = (falcon_tasks::MAX_BODY * config.kept * config.group) as f64;
    let scale = 1.0 / ((variance.sqrt() + 1e-6) * length);
    kept.iter()
        .zip(centred)
        .map(|(group, centred)| Unit {
            prompt: group.prompt.tokens.clone(),
            answers: group
                .programs
                .iter()
                .zip(centred)
                .filter_map(|(program, centred)| {
                    let weight = (centred? * scale) as f32;
                    (weight != 0.0).then(|| (program.tokens.clone(), weight))
                })
                .collect(),
        })
        .collect()
}

pub(super) fn measure(groups: &[Group], step: usize) -> CurvePoint {
    let first: Vec<&Group> = groups
        .iter()
        .filter(|group| group.prompt.attempt == 1)
        .collect();
    let of = |groups: &[&Group], value: fn(&Group) -> f64| -> Option<(f64, [f64; 2])> {
        let values: Vec<f64> = groups.iter().map(|group| value(group)).collect();
        let n = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        let half = 1.96 * (variance / n).sqrt();
        Some((mean, [mean - half, mean + half]))
    };
    let second: Vec<&Group> = groups
        .iter()
        .filter(|group| group.prompt.attempt > 1)
        .collect();
    let shown: Vec<&Group> = groups
        .iter()
        .filter(|group| group.prompt.exemplar.is_some())
        .collect();
    let (reward_mean, reward_ci95) = of(&first, Group::mean).unwrap_or_default();
    let (pass_rate, pass_ci95) = of(&first, Group::pass_rate).unwrap_or_default();
    CurvePoint {
        step,
        reward_mean,
        pass_rate,
        reward_ci95,
        pass_ci95,
        groups: groups.iter().filter(|group| group.varied()).count(),
        retry_pass_rate: of(&second, Group::pass_rate).map(|(mean, _)| mean),
        exemplar_pass_rate: of(&shown, Group::pass_rate).map(|(mean, _)| mean),
        ..CurvePoint::default()
    }
}
