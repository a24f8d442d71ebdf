use falcon_episode::Episode;
use falcon_tasks::TokenId;

use crate::{
    RlConfig,
    grade::passed,
    model::{Answer, Completion, Unit},
    report::CurvePoint,
};

/// A prompt of a step.
pub(super) struct Prompt {
    pub(super) task: usize,
    pub(super) tokens: Vec<TokenId>,
    /// 2 where it shows feedback on an own failed program.
    pub(super) attempt: u32,
    /// What executing that program said, as text; empty in a first attempt.
    pub(super) feedback: String,
    /// The memory item it shows; an empty id is that of a control's, which memory does not know.
    pub(super) exemplar: Option<String>,
}

/// A prompt with what was sampled for it.
pub(super) struct Group {
    pub(super) prompt: Prompt,
    pub(super) programs: Vec<Completion>,
    pub(super) episodes: Vec<Option<Episode>>,
    /// None where the fault was ours or the judges gave none: that sample is not learnt from.
    pub(super) rewards: Vec<Option<f64>>,
    /// Judges' credit on the tokens of each program; empty where there is none.
    pub(super) credits: Vec<Vec<f64>>,
}

impl Group {
    pub(super) fn known(&self) -> impl Iterator<Item = f64> {
        self.rewards.iter().copied().flatten()
    }

    /// Mean reward; none where no sample has one.
    pub(super) fn mean(&self) -> Option<f64> {
        let count = self.known().count();
        (count > 0).then(|| self.known().sum::<f64>() / count as f64)
    }

    /// The programs that have a reward, each token with its advantage times `scale`; those that would move nothing are
    /// left out.
    fn answers(&self, centred: &[Option<f64>], scale: f64) -> impl Iterator<Item = Answer> {
        let given = self.programs.iter().zip(centred).zip(&self.credits);
        given.filter_map(move |((program, centred), credit)| {
            let whole = (*centred)?;
            let of = |at: usize| whole + credit.get(at).copied().unwrap_or(0.0);
            let weights = (0..program.tokens.len()).map(|at| (of(at) * scale) as f32);
            let weights: Vec<f32> = weights.collect();
            weights.iter().any(|weight| *weight != 0.0).then(|| Answer {
                tokens: program.tokens.clone(),
                weights,
            })
        })
    }

    pub(super) fn varied(&self) -> bool {
        self.mean()
            .is_some_and(|mean| self.known().any(|reward| (reward - mean).abs() > 1e-9))
    }

    /// Whether the policy learns from it: its rewards differ, or judges gave credit to parts of its programs.
    pub(super) fn teaches(&self) -> bool {
        self.varied() || self.credits.iter().flatten().any(|credit| *credit != 0.0)
    }

    /// Share of samples that passed, of those that did not meet a fault; none where all did.
    pub(super) fn pass_rate(&self) -> Option<f64> {
        let told = || {
            self.episodes
                .iter()
                .map(Option::as_ref)
                .filter(|episode| !episode.is_some_and(Episode::is_fault))
        };
        let right = told().filter(|episode| passed(*episode)).count();
        let count = told().count();
        (count > 0).then(|| right as f64 / count as f64)
    }
}

/// The groups' units: Σ A_t · log π / (longest program × groups × G) is what they add to the objective, with A_t the
/// advantage of a token: that of its program, and its own credit, both over σ.
pub(super) fn policy_gradient(groups: &[Group], config: &RlConfig) -> Vec<Unit> {
    let taught = groups.iter().filter(|group| group.teaches());
    let kept: Vec<&Group> = taught.take(config.kept).collect();
    let centred: Vec<Vec<Option<f64>>> = kept
        .iter()
        .map(|group| {
            let mean = group.mean();
            let rewards = group.rewards.iter();
            rewards.map(|reward| Some((*reward)? - mean?)).collect()
        })
        .collect();
    let known: Vec<f64> = centred.iter().flatten().copied().flatten().collect();
    let variance = known.iter().map(|x| x * x).sum::<f64>() / known.len().max(1) as f64;
    // Where no rewards differ there is credit alone, in the judges' own scale.
    let deviation = if kept.iter().any(|group| group.varied()) {
        variance.sqrt() + 1e-6
    } else {
        1.0
    };
    let length = (falcon_tasks::MAX_BODY * config.kept * config.group) as f64;
    let scale = 1.0 / (deviation * length);
    kept.iter()
        .zip(centred)
        .map(|(group, centred)| Unit {
            prompt: group.prompt.tokens.clone(),
            answers: group.answers(&centred, scale).collect(),
        })
        .collect()
}

/// What a step's groups show; none where no program of any has a reward.
pub(super) fn measure(groups: &[Group], step: usize) -> Option<CurvePoint> {
    groups.iter().find_map(Group::mean)?;
    let those = |which: fn(&Group) -> bool| -> Vec<&Group> {
        groups.iter().filter(|group| which(group)).collect()
    };
    let first = those(|group| group.prompt.attempt == 1);
    let second = those(|group| group.prompt.attempt > 1);
    let shown = those(|group| group.prompt.exemplar.is_some());
    let (reward_mean, reward_ci95) = mean_of(&first, Group::mean).unzip();
    let (pass_rate, pass_ci95) = mean_of(&first, Group::pass_rate).unzip();
    let episodes = groups
        .iter()
        .flat_map(|group| group.episodes.iter().flatten());
    Some(CurvePoint {
        step,
        reward_mean,
        pass_rate,
        reward_ci95,
        pass_ci95,
        groups: groups.iter().filter(|group| group.varied()).count(),
        retry_pass_rate: mean_of(&second, Group::pass_rate).map(|(mean, _)| mean),
        exemplar_pass_rate: mean_of(&shown, Group::pass_rate).map(|(mean, _)| mean),
        judge_failures: episodes.filter(|it| it.judge_failure().is_some()).count(),
        ..CurvePoint::default()
    })
}

/// The mean of a value over the groups that have it, with its 95 % interval by the standard error.
fn mean_of(groups: &[&Group], value: fn(&Group) -> Option<f64>) -> Option<(f64, [f64; 2])> {
    let values: Vec<f64> = groups.iter().filter_map(|group| value(group)).collect();
    let n = values.len() as f64;
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let half = 1.96 * (variance / n).sqrt();
    Some((mean, [mean - half, mean + half]))
}

#[cfg(test)]
mod tests {
    use falcon_episode::{Digest, JudgeScore, Verdict};

    use super::*;
    use crate::grade::reward;

    /// A group of these: passed, failed, a fault, or cut short.
    fn group(samples: &[Option<Verdict>]) -> Group {
        let episode = |verdict: Verdict| Episode {
            // As a grader must not do: that it is a fault has to be enough.
            reward: Some(if verdict == Verdict::Passed {
                1.0
            } else {
                -0.5
            }),
            ..Episode::new("p", verdict)
        };
        let episodes: Vec<_> = samples.iter().map(|sample| sample.map(episode)).collect();
        let program = |token: usize| Completion {
            tokens: vec![TokenId(token as u16)],
            finished: true,
        };
        Group {
            prompt: Prompt {
                task: 0,
                tokens: vec![TokenId::BOS],
                attempt: 1,
                feedback: String::new(),
                exemplar: None,
            },
            programs: (0..samples.len()).map(program).collect(),
            rewards: episodes.iter().map(|it| reward(it.as_ref())).collect(),
            credits: vec![Vec::new(); samples.len()],
            episodes,
        }
    }

    const PASSED: Option<Verdict> = Some(Verdict::Passed);
    const FAILED: Option<Verdict> = Some(Verdict::Failed);
    const FAULT: Option<Verdict> = Some(Verdict::Infrastructure);

    #[test]
    fn faults_are_left_out_of_mean_rate_and_gradient() {
        let config = RlConfig::default();
        // Samples, mean reward, pass rate, samples that are learnt from.
        for (samples, mean, rate, learnt) in [
            (&[PASSED, FAILED][..], Some(0.25), Some(0.5), &[0, 1][..]),
            (&[FAULT, PASSED, FAILED], Some(0.25), Some(0.5), &[1, 2]),
            (&[PASSED, None], Some(0.0), Some(0.5), &[0, 1]),
            (&[FAULT, None], Some(-1.0), Some(0.0), &[]),
            (&[FAULT, PASSED], Some(1.0), Some(1.0), &[]),
            (&[FAULT, FAULT], None, None, &[]),
        ] {
            let groups = [group(samples)];
            assert_eq!(groups[0].mean(), mean, "{samples:?}");
            assert_eq!(groups[0].pass_rate(), rate, "{samples:?}");
            let units = policy_gradient(&groups, &config);
            let found: Vec<u16> = units
                .iter()
                .flat_map(|unit| unit.answers.iter().map(|answer| answer.tokens[0].0))
                .collect();
            assert_eq!(found, learnt, "{samples:?}");
            let point = measure(&groups, 1).map(|point| (point.reward_mean, point.pass_rate));
            assert_eq!(point, mean.map(|_| (mean, rate)), "{samples:?}");
        }
        let point = measure(&[group(&[FAULT]), group(&[PASSED])], 1).unwrap();
        assert_eq!(point.pass_rate, Some(1.0));
    }

    #[test]
    fn a_retry_with_a_reward_is_something_to_learn_from() {
        let retry = |samples| {
            let mut group = group(samples);
            group.prompt.attempt = 2;
            group
        };
        let point = measure(&[group(&[FAULT, FAULT]), retry(&[PASSED, FAILED])], 3).unwrap();
        assert_eq!((point.reward_mean, point.pass_rate), (None, None));
        assert_eq!((point.reward_ci95, point.pass_ci95), (None, None));
        assert_eq!((point.retry_pass_rate, point.groups), (Some(0.5), 1));
        assert_eq!(measure(&[group(&[FAULT]), retry(&[FAULT])], 3), None);
    }

    #[test]
    fn failures_of_judges_are_counted() {
        let mut groups = [group(&[PASSED, FAILED, FAILED])];
        let failed = JudgeScore {
            failure: Some("it ran out of fuel".to_owned()),
            ..JudgeScore::none("a/judge", Digest::of(b""))
        };
        for at in [0, 2] {
            let episode = groups[0].episodes[at].as_mut().unwrap();
            (episode.reward, episode.scores) = (None, vec![failed.clone()]);
            groups[0].rewards[at] = None;
        }
        let point = measure(&groups, 1).unwrap();
        assert_eq!((point.judge_failures, point.reward_mean), (2, Some(-0.5)));
        assert_eq!(measure(&[group(&[PASSED])], 1).unwrap().judge_failures, 0);
    }
    /// Worked out by hand: rewards 1 and −0.5 have the mean 0.25 and σ = 0.75.
    #[test]
    fn credit_is_added_to_the_advantage_of_its_tokens() {
        let config = RlConfig::default();
        let length = (falcon_tasks::MAX_BODY * config.kept * config.group) as f64;
        let weights = |groups: &[Group]| -> Vec<Vec<f64>> {
            let units = policy_gradient(groups, &config);
            let answers = units.iter().flat_map(|unit| &unit.answers);
            let scaled =
                answers.map(|answer| answer.weights.iter().map(|w| f64::from(*w) * length));
            scaled.map(Iterator::collect).collect()
        };
        let near = |found: Vec<Vec<f64>>, wanted: &[&[f64]]| {
            let flat = found.iter().flatten().zip(wanted.iter().copied().flatten());
            assert!(flat.clone().count() == wanted.concat().len(), "{found:?}");
            assert!(
                flat.into_iter().all(|(a, b)| (a - b).abs() < 1e-4),
                "{found:?}"
            );
        };
        let mut one = group(&[PASSED, FAILED]);
        for program in &mut one.programs {
            program.tokens = vec![TokenId(0), TokenId(1)];
        }
        near(
            weights(std::slice::from_ref(&one)),
            &[&[1.0, 1.0], &[-1.0, -1.0]],
        );
        one.credits[1] = vec![0.0, -0.375];
        near(
            weights(std::slice::from_ref(&one)),
            &[&[1.0, 1.0], &[-1.0, -1.5]],
        );
        // Alike in reward, so that credit alone teaches, in its own scale.
        let mut alike = group(&[FAILED, FAILED]);
        assert!(!alike.teaches());
        alike.credits[0] = vec![-0.2];
        assert!(alike.teaches());
        near(weights(&[alike]), &[&[-0.2]]);
    }
}
