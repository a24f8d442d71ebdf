//! The reward file's text. Every fault is told with its line.

use std::ops::{Range, RangeInclusive};

use serde::Deserialize;
use toml::Spanned;

use super::{Cheapest, Combine, Gate, JudgeEntry, Missing, Reward, RewardError};

/// Weights that there may be: sums of larger ones are infinite, and products of smaller ones 0.
const WEIGHTS: RangeInclusive<f64> = 1e-6..=1e6;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    combine: Combine,
    #[serde(default)]
    missing: Missing,
    #[serde(default)]
    cheapest: Cheapest,
    #[serde(default)]
    judge: Vec<FileJudge>,
    #[serde(default)]
    gate: Vec<FileGate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileJudge {
    plugin: Spanned<String>,
    weight: Option<Spanned<f64>>,
    credit: Option<Spanned<f64>>,
    #[serde(default)]
    shadow: Option<Spanned<bool>>,
    range: Option<Spanned<[f64; 2]>>,
    splits: Option<Spanned<Vec<String>>>,
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

/// A fault and where it stands; the file's first line where that is not known.
struct Fault(Option<Range<usize>>, String);

impl Reward {
    /// Parses a reward file's text; `name` is what errors call it.
    ///
    /// # Errors
    /// Where a line of it is wrong.
    pub fn parse(text: &str, name: &str) -> Result<Self, RewardError> {
        let line = |at: usize| {
            let before = &text.as_bytes()[..at.min(text.len())];
            1 + before.iter().filter(|byte| **byte == b'\n').count()
        };
        let place = |at: usize| format!("{name}:{}", line(at));
        read(text, place).map_err(|Fault(span, message)| RewardError::Line {
            name: name.to_owned(),
            line: line(span.map_or(0, |span| span.start)),
            message,
        })
    }
}

/// # Arguments
/// - `place`: what errors call the place of a byte.
fn read(text: &str, place: impl Fn(usize) -> String) -> Result<Reward, Fault> {
    let file: File =
        toml::from_str(text).map_err(|error| Fault(error.span(), error.message().to_owned()))?;
    let mut judges: Vec<JudgeEntry> = Vec::new();
    for judge in file.judge {
        let at = judge.plugin.span();
        let judge = judge.entry(place(at.start))?;
        if judges.iter().any(|other| other.plugin == judge.plugin) {
            let message = format!("the judge {} stands here twice", judge.plugin);
            return Err(Fault(Some(at), message));
        }
        judges.push(judge);
    }
    if judges.is_empty() {
        return Err(Fault(None, "a reward needs at least one [[judge]]".into()));
    }
    if judges.iter().all(|judge| judge.weight.is_none()) {
        let message = "no judge has a weight, so there would be no reward";
        return Err(Fault(None, message.into()));
    }
    let gates = file.gate.into_iter().map(|gate| gate.checked(&judges));
    Ok(Reward {
        gates: gates.collect::<Result<_, _>>()?,
        judges,
        combine: file.combine,
        missing: file.missing,
        cheapest: file.cheapest,
    })
}

impl FileJudge {
    fn entry(self, place: String) -> Result<JudgeEntry, Fault> {
        let shadow = self.shadow.as_ref().is_some_and(|shadow| *shadow.get_ref());
        if let (true, Some(weight)) = (shadow, self.weight.as_ref().or(self.credit.as_ref())) {
            let message = "a judge in shadow counts nothing: it has no weight and no credit";
            return Err(Fault(Some(weight.span()), message.into()));
        }
        let credit = self.credit.map(|credit| weight(&credit)).transpose()?;
        let weight = match self.weight {
            Some(given) => Some(weight(&given)?),
            None if shadow || credit.is_some() => None,
            None => Some(1.0),
        };
        if let Some(range) = &self.range {
            let [low, high] = *range.get_ref();
            let fits = low.is_finite() && high.is_finite() && (high - low).is_normal();
            if !(fits && low < high) {
                let message = format!("the range [{low}, {high}] does not go up");
                return Err(Fault(Some(range.span()), message));
            }
        }
        if let Some(splits) = self.splits.as_ref().filter(|s| s.get_ref().is_empty()) {
            let message = "splits names no task set, so the judge would never be asked";
            return Err(Fault(Some(splits.span()), message.into()));
        }
        let at = self.plugin.span();
        let config = serde_json::to_value(&self.config)
            .map_err(|error| Fault(Some(at), format!("config: {error}")))?;
        Ok(JudgeEntry {
            plugin: self.plugin.into_inner(),
            place,
            weight,
            credit,
            range: self.range.map(Spanned::into_inner),
            splits: self.splits.map(Spanned::into_inner),
            config,
        })
    }
}

impl FileGate {
    fn checked(self, judges: &[JudgeEntry]) -> Result<Gate, Fault> {
        let name = self.judge.get_ref();
        let fault = |message| Err(Fault(Some(self.judge.span()), message));
        match judges.iter().find(|judge| judge.plugin == *name) {
            None => {
                return fault(format!(
                    "the gate names {name}, which is not one of the judges"
                ));
            }
            Some(judge) if judge.is_shadow() => {
                return fault(format!(
                    "the gate names {name}, which is in shadow and decides nothing"
                ));
            }
            Some(_) => {}
        }
        let numbers = [Some(&self.at_least), self.reward.as_ref()];
        for number in numbers.into_iter().flatten() {
            if !number.get_ref().is_finite() {
                return Err(Fault(Some(number.span()), "not a finite number".to_owned()));
            }
        }
        Ok(Gate {
            judge: self.judge.into_inner(),
            at_least: self.at_least.into_inner(),
            reward: self.reward.map(Spanned::into_inner),
        })
    }
}

fn weight(given: &Spanned<f64>) -> Result<f64, Fault> {
    let weight = *given.get_ref();
    if WEIGHTS.contains(&weight) {
        return Ok(weight);
    }
    let (low, high) = (WEIGHTS.start(), WEIGHTS.end());
    let message =
        format!("the weight {weight} is not a positive number between {low:e} and {high:e}");
    Err(Fault(Some(given.span()), message))
}
