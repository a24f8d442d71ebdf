use falcon_episode::{Episode, Verdict};
use falcon_tasks::TokenId;

use super::objective::{LearnsFrom, Objective};
use crate::{grade::passed, model::Completion, report::CurvePoint};

/// A prompt of a step.
#[derive(Clone)]
pub(super) struct Prompt {
    pub(super) task: usize,
    pub(super) tokens: Vec<TokenId>,
    /// 2 where it shows feedback on an own failed program.
    pub(super) attempt: u32,
    /// What executing that program said, as text; empty in a first attempt.
    pub(super) feedback: String,
    /// The memory item it shows; an empty id is that of a control's, which memory does not know.
    pub(super) exemplar: Option<String>,
    /// Whether that exemplar discloses the task's private word; none where there is no exemplar or no such word.
    pub(super) told: Option<bool>,
}

/// A prompt with what was sampled for it.
#[derive(Clone)]
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

    pub(super) fn varied(&self) -> bool {
        self.mean()
            .is_some_and(|mean| self.known().any(|reward| (reward - mean).abs() > 1e-9))
    }

    /// Whether an objective learns something from it.
    pub(super) fn teaches(&self, objective: Objective) -> bool {
        let mut credits = self.rewards.iter().zip(&self.credits);
        let mut credited = || {
            credits.any(|(reward, credits)| {
                reward.is_some() && credits.iter().any(|credit| *credit != 0.0)
            })
        };
        let solved = || self.episodes.iter().any(|episode| passed(episode.as_ref()));
        match objective.learns_from() {
            LearnsFrom::Varied => self.varied() || credited(),
            LearnsFrom::Rewarded => self.known().next().is_some(),
            LearnsFrom::Passed => solved(),
        }
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
    let rewarded = groups.iter().filter(|group| group.mean().is_some());
    let varied = groups.iter().filter(|group| group.varied()).count();
    let programs = || groups.iter().flat_map(|group| &group.programs);
    let written: usize = programs().map(|program| program.tokens.len()).sum();
    let episodes = || {
        groups
            .iter()
            .flat_map(|group| group.episodes.iter().flatten())
    };
    let told = |group: &Group| Some(f64::from(u8::from(group.prompt.told?)));
    let forbidden = |episode: &&Episode| episode.verdict == Verdict::Forbidden;
    Some(CurvePoint {
        step,
        reward_mean,
        pass_rate,
        reward_ci95,
        pass_ci95,
        groups: varied,
        flat_share: 1.0 - varied as f64 / rewarded.count().max(1) as f64,
        length_mean: written as f64 / programs().count().max(1) as f64,
        forbidden: episodes().filter(forbidden).count(),
        retry_pass_rate: mean_of(&second, Group::pass_rate).map(|(mean, _)| mean),
        exemplar_pass_rate: mean_of(&shown, Group::pass_rate).map(|(mean, _)| mean),
        exemplar_told: mean_of(&shown, told).map(|(mean, _)| mean),
        judge_failures: episodes().filter(|it| it.judge_failure().is_some()).count(),
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

/// Groups for tests.
#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::grade::reward;

    /// A group of these: passed, failed, a fault, or cut short.
    pub(in crate::rl) fn group(samples: &[Option<Verdict>]) -> Group {
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
            log_probs: vec![-1.0],
            finished: true,
        };
        Group {
            prompt: Prompt {
                task: 0,
                tokens: vec![TokenId::BOS],
                attempt: 1,
                feedback: String::new(),
                exemplar: None,
                told: None,
            },
            programs: (0..samples.len()).map(program).collect(),
            rewards: episodes.iter().map(|it| reward(it.as_ref())).collect(),
            credits: vec![Vec::new(); samples.len()],
            episodes,
        }
    }

    pub(in crate::rl) const PASSED: Option<Verdict> = Some(Verdict::Passed);
    pub(in crate::rl) const FAILED: Option<Verdict> = Some(Verdict::Failed);
    pub(in crate::rl) const FAULT: Option<Verdict> = Some(Verdict::Infrastructure);
}

#[cfg(test)]
mod tests {
    use falcon_episode::{Digest, JudgeScore};

    use super::{samples::*, *};

    #[test]
    fn faults_are_left_out_of_mean_and_rate() {
        for (samples, mean, rate) in [
            (&[PASSED, FAILED][..], Some(0.25), Some(0.5)),
            (&[FAULT, PASSED, FAILED], Some(0.25), Some(0.5)),
            (&[PASSED, None], Some(0.0), Some(0.5)),
            (&[FAULT, None], Some(-1.0), Some(0.0)),
            (&[FAULT, PASSED], Some(1.0), Some(1.0)),
            (&[FAULT, FAULT], None, None),
        ] {
            let groups = [group(samples)];
            assert_eq!(groups[0].mean(), mean, "{samples:?}");
            assert_eq!(groups[0].pass_rate(), rate, "{samples:?}");
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

    #[test]
    fn what_a_step_shows_beside_its_rewards() {
        const FORBIDDEN: Option<Verdict> = Some(Verdict::Forbidden);
        let mut long = group(&[PASSED, FORBIDDEN]);
        long.programs[1].tokens = vec![TokenId(1); 4];
        let groups = [
            long,
            group(&[FAILED, FAILED]),
            group(&[FAULT]),
            group(&[FORBIDDEN]),
        ];
        let point = measure(&groups, 1).unwrap();
        // Of three groups with rewards, one differs; 4 + 5 tokens over 6 programs.
        assert!((point.flat_share - 2.0 / 3.0).abs() < 1e-12);
        assert!((point.length_mean - 1.5).abs() < 1e-12);
        assert_eq!((point.forbidden, point.groups), (2, 1));
    }
}
