//! The reward file: which judges score, how their scores are weighed, and what gates them.
//!
//! ```toml
//! # How scores become one number: their mean under the weights ("mean"), or their sum ("sum").
//! combine = "sum"
//! # A judge that abstains is left out ("skip"), counts as 0 ("zero"), or leaves no reward ("none").
//! missing = "skip"
//! # The cheapest cost that judges compare a program's with: what the task file says ("known"), or also what the
//! # task's reference takes, run once beside programs that pass ("reference").
//! cheapest = "known"
//!
//! [[judge]]
//! plugin = "falcon/unit-tests"
//! weight = 1.0
//! config = { }            # as the judge's manifest describes
//!
//! [[judge]]
//! plugin = "falcon/style"
//! weight = 0.1
//! range = [0, 10]         # what its score runs from and to: becomes 0 to 1, and what lies beyond is cut off
//! splits = ["pool"]       # the task sets it judges; every one where not given
//!
//! [[judge]]
//! plugin = "falcon/error-feedback"
//! credit = 0.1            # weighs its credit on the program's text; its score counts nothing without a weight
//!
//! [[judge]]
//! plugin = "falcon/complexity"
//! shadow = true           # recorded in the episode, and in no reward
//!
//! [[gate]]                # below this score of this judge, the others do not count
//! judge = "falcon/unit-tests"
//! at-least = 1.0
//! ```
//!
//! With scores `s` and weights `w` of the judges that did not abstain the mean is `Σ w·s / Σ w`. The sum takes the
//! judges that gates name apart: `Σ w·s` over those, plus the mean of the others times the weight of all others, so
//! that a judge that abstains is missing and not bad. While a gate is shut the reward is the gate's own, or
//! what its judge alone gives. A judge that fails has not abstained: the episode then has no reward.

mod file;

use std::path::{Path, PathBuf};

use falcon_episode::{Credit, JudgeScore};
use serde::Deserialize;

/// How scores become a reward.
#[derive(Clone, Debug, PartialEq)]
pub struct Reward {
    /// The judges, in the file's order; at least one.
    pub judges: Vec<JudgeEntry>,
    /// The gates, in the file's order.
    pub gates: Vec<Gate>,
    /// How scores become one number.
    pub combine: Combine,
    /// What a judge that abstains counts as.
    pub missing: Missing,
    /// Where the cheapest cost is known from.
    pub cheapest: Cheapest,
}

/// One judge of a reward.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeEntry {
    /// The plugin's name, `owner/name`.
    pub plugin: String,
    /// Where it stands, for errors: `FILE:LINE`.
    pub place: String,
    /// The weight of its score, positive and within bounds in which means are numbers; none where only its credit
    /// counts, or nothing.
    pub weight: Option<f64>,
    /// The weight of its credit on the program's text; none where that counts nothing.
    pub credit: Option<f64>,
    /// The scores that become 0 and 1; none takes the score as it is.
    pub range: Option<[f64; 2]>,
    /// The task sets that it judges; none for every one.
    pub splits: Option<Vec<String>>,
    /// The judge's own settings, as a JSON object.
    pub config: serde_json::Value,
}

/// Where a judge's score is too low for the others to count.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// The judge that decides.
    pub judge: String,
    /// The score that opens the gate, in the judge's own range.
    pub at_least: f64,
    /// The reward while it is shut; what the judge alone gives where there is none.
    pub reward: Option<f64>,
}

/// How scores become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Combine {
    /// Their mean under the weights.
    #[default]
    Mean,
    /// Their sum under the weights.
    Sum,
}

/// What a judge that abstains counts as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// The others' weights are scaled up.
    #[default]
    Skip,
    /// A score of 0.
    Zero,
    /// No reward at all.
    None,
}

/// Where the cheapest cost of a passing program is known from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cheapest {
    /// The task says it, or nobody does.
    #[default]
    Known,
    /// The task's reference, which is run beside programs that pass; the task where it says less.
    Reference,
}

/// A reward that comes with FALCON.
#[derive(Clone, Copy, Debug)]
pub struct Design {
    /// What it is called: `tests-and-quality`.
    pub name: &'static str,
    /// The file, with comments, for people to start from.
    pub text: &'static str,
}

/// What is wrong with a reward file.
#[derive(Debug, thiserror::Error)]
pub enum RewardError {
    /// It cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// A line of it is wrong.
    #[error("{name}:{line}: {message}")]
    Line {
        /// The file.
        name: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

impl Design {
    /// Every design; the first is what is used where none is asked for.
    pub const ALL: [Self; 4] = [
        Self {
            name: "tests",
            text: include_str!("designs/tests.toml"),
        },
        Self {
            name: "tests-coarse",
            text: include_str!("designs/tests-coarse.toml"),
        },
        Self {
            name: "tests-and-quality",
            text: include_str!("designs/tests-and-quality.toml"),
        },
        Self {
            name: "tests-and-error-credit",
            text: include_str!("designs/tests-and-error-credit.toml"),
        },
    ];

    /// The design of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|design| design.name == name)
    }
}

impl Default for Reward {
    /// What the tests say, and nothing else.
    fn default() -> Self {
        Self {
            judges: vec![JudgeEntry {
                plugin: "falcon/unit-tests".to_owned(),
                place: "the reward tests".to_owned(),
                weight: Some(1.0),
                credit: None,
                range: None,
                splits: None,
                config: serde_json::json!({}),
            }],
            gates: Vec::new(),
            combine: Combine::Mean,
            missing: Missing::Skip,
            cheapest: Cheapest::Known,
        }
    }
}

impl Reward {
    /// Reads a reward file.
    ///
    /// # Errors
    /// Where it cannot be read or a line of it is wrong.
    pub fn load(path: &Path) -> Result<Self, RewardError> {
        let text = std::fs::read_to_string(path).map_err(|error| RewardError::Read {
            path: path.to_owned(),
            error,
        })?;
        Self::parse(&text, &path.display().to_string())
    }

    /// The reward of the scores of judges that did not fail; none where a gate's judge abstained or no
    /// score is left. A judge that does not judge the split is neither counted nor missing.
    #[must_use]
    pub fn compose(&self, split: &str, scores: &[JudgeScore]) -> Option<f64> {
        for gate in &self.gates {
            let Some(judge) = self.judge(&gate.judge).filter(|judge| judge.takes(split)) else {
                continue;
            };
            let own = said(judge, scores)?;
            if own < gate.at_least {
                let alone = || judge.in_range(own) * self.alone(judge);
                return Some(gate.reward.unwrap_or_else(alone));
            }
        }
        let (mut base, mut rest) = (Sum::default(), Sum::default());
        for judge in self.judges.iter().filter(|judge| judge.takes(split)) {
            let Some(weight) = judge.weight else { continue };
            let score = match (said(judge, scores), self.missing) {
                (Some(own), _) => Some(judge.in_range(own)),
                (None, Missing::Skip) => None,
                (None, Missing::Zero) => Some(0.0),
                (None, Missing::None) => return None,
            };
            if self.is_gate(judge) {
                base.add(weight, score);
            } else {
                rest.add(weight, score);
            }
        }
        match self.combine {
            Combine::Mean => base.and(&rest).mean(),
            Combine::Sum => match (base.mean(), rest.mean()) {
                (None, None) => None,
                (_, quality) => Some(base.total + quality.unwrap_or(0.0) * rest.all),
            },
        }
    }

    /// The credit on the program's text that the reward takes, under its weights.
    #[must_use]
    pub fn credits(&self, split: &str, scores: &[JudgeScore]) -> Vec<Credit> {
        let weighed = self.judges.iter().filter(|judge| judge.takes(split));
        let given = weighed.filter_map(|judge| Some((judge.credit?, find(judge, scores)?)));
        given
            .flat_map(|(weight, score)| {
                score.credits.iter().map(move |credit| Credit {
                    value: credit.value * weight,
                    ..credit.clone()
                })
            })
            .collect()
    }

    fn judge(&self, name: &str) -> Option<&JudgeEntry> {
        self.judges.iter().find(|judge| judge.plugin == name)
    }

    fn is_gate(&self, judge: &JudgeEntry) -> bool {
        self.gates.iter().any(|gate| gate.judge == judge.plugin)
    }

    /// What one judge's score is multiplied by where no other counts.
    fn alone(&self, judge: &JudgeEntry) -> f64 {
        match self.combine {
            Combine::Mean => 1.0,
            Combine::Sum => judge.weight.unwrap_or(1.0),
        }
    }
}

impl JudgeEntry {
    /// Whether it judges tasks of this set.
    #[must_use]
    pub fn takes(&self, split: &str) -> bool {
        let named = |splits: &Vec<String>| splits.iter().any(|one| one == split);
        self.splits.as_ref().is_none_or(named)
    }

    /// Whether nothing that it says is in the reward: it is recorded only.
    #[must_use]
    pub fn is_shadow(&self) -> bool {
        self.weight.is_none() && self.credit.is_none()
    }

    fn in_range(&self, score: f64) -> f64 {
        match self.range {
            None => score,
            Some([low, high]) => ((score - low) / (high - low)).clamp(0.0, 1.0),
        }
    }
}

/// What the judge scored, where it did and it is a number.
fn said(judge: &JudgeEntry, scores: &[JudgeScore]) -> Option<f64> {
    find(judge, scores)?.score.filter(|score| score.is_finite())
}

fn find<'a>(judge: &JudgeEntry, scores: &'a [JudgeScore]) -> Option<&'a JudgeScore> {
    scores.iter().find(|score| score.judge == judge.plugin)
}

/// Weighed scores.
#[derive(Clone, Copy, Default)]
struct Sum {
    /// Σ w·s of the scores there are.
    total: f64,
    /// Σ w of the scores there are.
    weights: f64,
    /// Σ w, the missing ones' included.
    all: f64,
}

impl Sum {
    fn add(&mut self, weight: f64, score: Option<f64>) {
        self.all += weight;
        if let Some(score) = score {
            self.total += weight * score;
            self.weights += weight;
        }
    }

    fn and(&self, other: &Self) -> Self {
        Self {
            total: self.total + other.total,
            weights: self.weights + other.weights,
            all: self.all + other.all,
        }
    }

    fn mean(&self) -> Option<f64> {
        (self.weights > 0.0).then(|| self.total / self.weights)
    }
}
