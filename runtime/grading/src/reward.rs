//! The reward file: which judges score, how their scores are weighed, and what gates them.
//!
//! ```toml
//! # A judge that abstains is left out ("skip"), counts as 0 ("zero"), or leaves no reward ("none").
//! missing = "skip"
//!
//! [[judge]]
//! plugin = "falcon/unit-tests"
//! weight = 1.0
//! config = { }            # as the judge's manifest describes
//!
//! [[gate]]                # below this score of this judge, the others do not count
//! judge = "falcon/unit-tests"
//! at-least = 1.0
//! ```
//!
//! The reward is the mean of the scores under the weights. A judge that fails has not abstained: the
//! episode then has no reward.

use std::{
    ops::{Range, RangeInclusive},
    path::{Path, PathBuf},
};

use falcon_episode::JudgeScore;
use serde::Deserialize;
use toml::Spanned;

/// How scores become a reward.
#[derive(Clone, Debug)]
pub struct Reward {
    /// The judges, in the file's order; at least one.
    pub judges: Vec<JudgeEntry>,
    /// The gates, in the file's order.
    pub gates: Vec<Gate>,
    /// What a judge that abstains counts as.
    pub missing: Missing,
}

/// One judge of a reward.
#[derive(Clone, Debug)]
pub struct JudgeEntry {
    /// The plugin's name, `owner/name`.
    pub plugin: String,
    /// Its weight; positive, and within bounds in which means are numbers.
    pub weight: f64,
    /// The judge's own settings, as a JSON object.
    pub config: serde_json::Value,
}

/// Where a judge's score is too low for the others to count.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The judge that decides.
    pub judge: String,
    /// The score that opens the gate.
    pub at_least: f64,
    /// The reward while it is shut; the judge's own score where none is given.
    pub reward: Option<f64>,
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

/// Weights that there may be: sums of larger ones are infinite, and products of smaller ones 0.
const WEIGHTS: RangeInclusive<f64> = 1e-6..=1e6;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    missing: Missing,
    #[serde(default)]
    judge: Vec<FileJudge>,
    #[serde(default)]
    gate: Vec<FileGate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileJudge {
    plugin: Spanned<String>,
    #[serde(default = "one")]
    weight: Spanned<f64>,
    #[serde(default)]
    config: toml::Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileGate {
    judge: Spanned<String>,
    at_least: Spanned<f64>,
    reward: Option<Spanned<f64>>,
}

fn one() -> Spanned<f64> {
    Spanned::new(0..0, 1.0)
}

impl Default for Reward {
    /// What the tests say, and nothing else.
    fn default() -> Self {
        Self {
            judges: vec![JudgeEntry {
                plugin: "falcon/unit-tests".to_owned(),
                weight: 1.0,
                config: serde_json::json!({}),
            }],
            gates: Vec::new(),
            missing: Missing::Skip,
        }
    }
}

impl Reward {
    /// The default reward's file, with comments, for people to start from.
    pub const DEFAULT: &str = include_str!("reward.toml");

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

    /// Parses a reward file's text; `name` is what errors call it.
    ///
    /// # Errors
    /// Where a line of it is wrong.
    pub fn parse(text: &str, name: &str) -> Result<Self, RewardError> {
        let wrong = |span: Option<Range<usize>>, message: String| {
            let end = span.map_or(0, |span| span.start.min(text.len()));
            let line = 1 + text.as_bytes()[..end]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            RewardError::Line {
                name: name.to_owned(),
                line,
                message,
            }
        };
        let file: File = toml::from_str(text)
            .map_err(|error| wrong(error.span(), error.message().to_owned()))?;
        if file.judge.is_empty() {
            return Err(wrong(
                None,
                "a reward needs at least one [[judge]]".to_owned(),
            ));
        }
        let mut judges: Vec<JudgeEntry> = Vec::new();
        for judge in file.judge {
            let (plugin, at) = (judge.plugin.get_ref().clone(), Some(judge.plugin.span()));
            if judges.iter().any(|other| other.plugin == plugin) {
                return Err(wrong(at, format!("the judge {plugin} stands here twice")));
            }
            let weight = *judge.weight.get_ref();
            if !WEIGHTS.contains(&weight) {
                let message = format!(
                    "the weight {weight} is not a positive number between {:e} and {:e}",
                    WEIGHTS.start(),
                    WEIGHTS.end()
                );
                return Err(wrong(Some(judge.weight.span()), message));
            }
            let config = serde_json::to_value(&judge.config)
                .map_err(|error| wrong(at, format!("config: {error}")))?;
            judges.push(JudgeEntry {
                plugin,
                weight,
                config,
            });
        }
        let mut gates = Vec::new();
        for gate in file.gate {
            let name = gate.judge.get_ref();
            if !judges.iter().any(|judge| judge.plugin == *name) {
                let message = format!("the gate names {name}, which is not one of the judges");
                return Err(wrong(Some(gate.judge.span()), message));
            }
            for number in [Some(&gate.at_least), gate.reward.as_ref()]
                .into_iter()
                .flatten()
            {
                if !number.get_ref().is_finite() {
                    return Err(wrong(Some(number.span()), "not a finite number".to_owned()));
                }
            }
            gates.push(Gate {
                judge: name.clone(),
                at_least: *gate.at_least.get_ref(),
                reward: gate.reward.map(Spanned::into_inner),
            });
        }
        Ok(Self {
            judges,
            gates,
            missing: file.missing,
        })
    }

    /// The reward of the scores of judges that did not fail; none where a gate's judge abstained or no
    /// score is left.
    #[must_use]
    pub fn compose(&self, scores: &[JudgeScore]) -> Option<f64> {
        let score_of = |name: &str| {
            let found = scores
                .iter()
                .find(|score| score.judge == name)
                .and_then(|one| one.score);
            found.filter(|score| score.is_finite())
        };
        for gate in &self.gates {
            let score = score_of(&gate.judge)?;
            if score < gate.at_least {
                return Some(gate.reward.unwrap_or(score));
            }
        }
        let (mut sum, mut weights) = (0.0, 0.0);
        for judge in &self.judges {
            let score = match (score_of(&judge.plugin), self.missing) {
                (Some(score), _) => score,
                (None, Missing::Skip) => continue,
                (None, Missing::Zero) => 0.0,
                (None, Missing::None) => return None,
            };
            sum += judge.weight * score;
            weights += judge.weight;
        }
        (weights > 0.0).then(|| sum / weights)
    }
}
