//! The judges of a reward, each loaded, and what they make of an episode.

use std::collections::BTreeMap;

use falcon_episode::{Digest, Episode, JudgeScore};
use rayon::prelude::*;

use crate::{
    judging::Judging,
    reward::{Cheapest, Reward},
    threads::Threads,
};

/// A reward with its judges.
pub struct Panel {
    /// In the reward's order.
    judges: Vec<Box<dyn Judging>>,
    reward: Reward,
}

/// An episode and what a judge may know beside it.
#[derive(Clone, Debug)]
pub struct ToJudge {
    /// The episode.
    pub episode: Episode,
    /// A known good program, where the task has one.
    pub reference: Option<String>,
}

/// The reward asks for a judge that was not given.
#[derive(Debug, thiserror::Error)]
#[error("the reward asks for the judge {0}, which is not loaded")]
pub struct MissingJudge(pub String);

impl Panel {
    /// A panel of the judges that the reward names; others are left out.
    ///
    /// # Errors
    /// Where a judge that the reward names is not among those given.
    pub fn new(mut judges: Vec<Box<dyn Judging>>, reward: Reward) -> Result<Self, MissingJudge> {
        let named = reward.judges.iter().map(|entry| {
            let at = judges.iter().position(|judge| judge.name() == entry.plugin);
            at.map(|at| judges.swap_remove(at))
                .ok_or_else(|| MissingJudge(entry.plugin.clone()))
        });
        Ok(Self {
            judges: named.collect::<Result<_, _>>()?,
            reward,
        })
    }

    /// Nobody: programs are graded, and have no reward.
    #[must_use]
    pub fn none() -> Self {
        Self {
            judges: Vec::new(),
            reward: Reward {
                judges: Vec::new(),
                ..Reward::default()
            },
        }
    }

    /// Whether the reward compares a program's cost with its reference's.
    pub(crate) fn asks_references(&self) -> bool {
        self.reward.cheapest == Cheapest::Reference
    }

    /// Digest of each judge, by name.
    #[must_use]
    pub fn plugins(&self) -> BTreeMap<String, Digest> {
        let judges = self.judges.iter();
        judges
            .map(|judge| (judge.name().to_owned(), judge.digest()))
            .collect()
    }

    /// [Judges](Self::judge) many episodes on these threads.
    pub fn judge_all(&self, episodes: &mut [ToJudge], threads: &Threads) {
        threads.install(|| {
            episodes.par_iter_mut().for_each(|one| {
                self.judge(&mut one.episode, one.reference.as_deref());
            });
        });
    }

    /// Scores an episode whose execution is done, anew where it was scored before: scores, credit and reward
    /// are this panel's afterwards. A fault of ours is never judged, so it is never a reward; nor is a reward made
    /// of what the other judges say where one failed. What a judge in shadow says, or that it fails, changes none.
    pub fn judge(&self, episode: &mut Episode, reference: Option<&str>) {
        episode.scores.clear();
        episode.credits.clear();
        episode.reward = None;
        if episode.is_fault() {
            return;
        }
        let entries = self.reward.judges.iter().zip(&self.judges);
        let asked = entries.filter(|(entry, _)| entry.takes(&episode.split));
        let scores = asked.map(|(entry, judge)| JudgeScore {
            shadow: entry.is_shadow(),
            ..score(&**judge, episode, reference)
        });
        episode.scores = scores.collect();
        if episode.judge_failure().is_none() {
            episode.reward = self.reward.compose(&episode.split, &episode.scores);
            episode.credits = self.reward.credits(&episode.split, &episode.scores);
        }
    }
}

/// What one judge says. One that fails has no score, and says why.
fn score(judge: &dyn Judging, episode: &Episode, reference: Option<&str>) -> JudgeScore {
    judge
        .judge(episode, reference)
        .unwrap_or_else(|error| JudgeScore {
            notes: vec![format!("the judge failed: {error}")],
            failure: Some(error.to_string()),
            uses: *error.uses,
            ..JudgeScore::none(judge.name(), judge.digest())
        })
}
