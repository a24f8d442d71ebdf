//! Grades out of an answer: all five in the form that was asked for, or none.

use falcon_sdk::{
    llm::Answer,
    serde::{Deserialize, de::IgnoredAny},
};

use crate::preference::Preference;

/// Longest reason that is kept, in characters.
const MAX_WHY: usize = 300;

/// What the model says of all preferences.
#[derive(Debug, Deserialize)]
#[serde(
    crate = "falcon_sdk::serde",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
pub(crate) struct Grades {
    instruction_following: Grade,
    explanation: Grade,
    complexity: Grade,
    readability: Grade,
    style: Grade,
}

/// What it says of one.
#[derive(Debug, Deserialize)]
#[serde(crate = "falcon_sdk::serde", deny_unknown_fields)]
pub(crate) struct Grade {
    /// 1 to 10.
    score: u8,
    why: String,
}

/// Why an answer does not do. A fixed set of words: those of an answer may be a program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    CutOff,
    NoJson,
    OtherForm,
    OutOfRange,
}

impl Unreadable {
    pub(crate) fn said(self) -> &'static str {
        match self {
            Self::CutOff => "was cut off at its longest",
            Self::NoJson => "was not one JSON object",
            Self::OtherForm => "had other fields than those asked for",
            Self::OutOfRange => "had a score that is not from 1 to 10",
        }
    }
}

/// Reads an answer.
pub(crate) fn read(answer: &Answer) -> Result<Grades, Unreadable> {
    if !answer.whole {
        return Err(Unreadable::CutOff);
    }
    let text = unwrapped(&answer.text);
    if !text.starts_with('{') || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return Err(Unreadable::NoJson);
    }
    let grades: Grades = serde_json::from_str(text).map_err(|_| Unreadable::OtherForm)?;
    let in_range = |one: &Preference| (1..=10).contains(&grades.of(*one).score);
    if !Preference::ALL.iter().all(in_range) {
        return Err(Unreadable::OutOfRange);
    }
    Ok(grades)
}

/// The answer without the code fence that many models put around JSON.
fn unwrapped(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix("```json").or(text.strip_prefix("```"));
    let inner = inner.and_then(|inner| inner.strip_suffix("```"));
    inner.unwrap_or(text).trim()
}

impl Grades {
    pub(crate) fn of(&self, preference: Preference) -> &Grade {
        match preference {
            Preference::InstructionFollowing => &self.instruction_following,
            Preference::Explanation => &self.explanation,
            Preference::Complexity => &self.complexity,
            Preference::Readability => &self.readability,
            Preference::Style => &self.style,
        }
    }
}

impl Grade {
    /// From 0 to 1.
    pub(crate) fn value(&self) -> f64 {
        (f64::from(self.score) - 1.0) / 9.0
    }

    /// On one line.
    pub(crate) fn why(&self) -> String {
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        self.why.chars().take(MAX_WHY).map(printable).collect()
    }
}
