//! What all judged episodes come to.

use std::collections::BTreeMap;

use falcon_episode::Episode;
use serde_json::{Value, json};

use crate::quantity;

/// Counts and sums as episodes come in.
#[derive(Default)]
pub(super) struct Rewards {
    episodes: u64,
    faults: u64,
    reward: Mean,
    judges: BTreeMap<String, OfJudge>,
    /// How many have no reward since a judge failed, and why the first of them has none.
    failures: Option<(u64, String)>,
}

#[derive(Default)]
struct OfJudge {
    score: Mean,
    abstained: u64,
    failed: u64,
}

#[derive(Default)]
struct Mean {
    count: u64,
    sum: f64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
    }

    fn value(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

impl Rewards {
    pub(super) fn add(&mut self, episode: &Episode) {
        self.episodes += 1;
        self.faults += u64::from(episode.is_fault());
        if let Some(reward) = episode.reward {
            self.reward.add(reward);
        }
        for given in &episode.scores {
            let judge = self.judges.entry(given.judge.clone()).or_default();
            match given.score {
                Some(score) => judge.score.add(score),
                None if given.failure.is_some() => judge.failed += 1,
                None => judge.abstained += 1,
            }
        }
        if let Some(why) = episode.judge_failure() {
            self.failures.get_or_insert_with(|| (0, why.to_owned())).0 += 1;
        }
    }

    pub(super) fn episodes(&self) -> u64 {
        self.episodes
    }

    /// Episodes without a reward since a judge failed, and why the first has none; none where none failed.
    pub(super) fn judge_failures(&self) -> Option<(u64, &str)> {
        self.failures.as_ref().map(|(n, why)| (*n, why.as_str()))
    }

    pub(super) fn json(&self, seconds: f64) -> Value {
        let judges = self.judges.iter().map(|(name, judge)| {
            let told = json!({
                "scored": judge.score.count,
                "score_mean": judge.score.value(),
                "abstained": judge.abstained,
                "failed": judge.failed,
            });
            (name.clone(), told)
        });
        json!({
            "episodes": self.episodes,
            "not_judged": self.faults,
            "rewarded": self.reward.count,
            "reward_mean": self.reward.value(),
            "judges": judges.collect::<serde_json::Map<_, _>>(),
            "seconds": seconds,
        })
    }

    pub(super) fn text(&self, seconds: f64) -> String {
        let mean = |mean: &Mean| match mean.value() {
            Some(value) => format!("{value:.3}"),
            None => "none".to_owned(),
        };
        let mut parts = vec![format!(
            "{} episodes, mean reward {}",
            self.episodes,
            mean(&self.reward)
        )];
        for (name, judge) in &self.judges {
            let mut told = format!("{name} {}", mean(&judge.score));
            for (count, what) in [(judge.abstained, "abstained"), (judge.failed, "failed")] {
                if count > 0 {
                    told = format!("{told} ({count} {what})");
                }
            }
            parts.push(told);
        }
        if self.faults > 0 {
            parts.push(format!("{} not judged, the fault was ours", self.faults));
        }
        let rate = self.episodes as f64 / seconds.max(1e-9);
        parts.push(format!("{} ({rate:.0}/s)", quantity::seconds(seconds)));
        parts.join(", ")
    }
}
