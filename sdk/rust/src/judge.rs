//! Judges: they score episodes.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::{begin, bindings::judge::exports::falcon::judge as exports, settings};

pub use crate::{
    Error,
    bindings::{
        host::falcon::types::types::{Diagnostic, Severity, Span, TestOutcome, Verdict},
        judge::exports::falcon::judge::judge::{Credit, Episode, Finding, Judgement, Part},
    },
};

/// Scores an episode. Implement it on a type without content; an instance serves one call.
pub trait Judge {
    /// The settings that the manifest declares; each is always there.
    type Config: DeserializeOwned;

    /// The judgement of one episode. The same episode and settings give the same judgement.
    ///
    /// # Errors
    /// Where the episode cannot be judged; no score is given for it then.
    fn judge(episode: &Episode, config: &Self::Config) -> Result<Judgement, Error>;
}

impl Episode {
    /// A Python program that ended so, with nothing else known of it. For tests of judges.
    #[must_use]
    pub fn new(program: impl Into<String>, verdict: Verdict) -> Self {
        Self {
            task_id: String::new(),
            split: String::new(),
            language: "python".to_owned(),
            prompt: String::new(),
            program: program.into(),
            reference: None,
            attempt: 1,
            diagnostics: Vec::new(),
            verdict,
            tests: Vec::new(),
            fuel: 0,
            cheapest_fuel: None,
            details: Vec::new(),
        }
    }
}

impl Finding {
    /// A finding at the program's bytes `start..end`, with the line and column of its start; one of no bytes at the
    /// start concerns the whole program.
    #[must_use]
    pub fn new(
        rule: impl Into<String>,
        severity: Severity,
        message: impl Into<String>,
        program: &str,
        (start, end): (u32, u32),
    ) -> Self {
        let before = program.get(..start as usize).unwrap_or(program);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let (line, column) = match (start, end) {
            (0, 0) => (0, 0),
            _ => (
                before.matches('\n').count() as u32 + 1,
                before[line_start..].chars().count() as u32 + 1,
            ),
        };
        Self {
            rule: rule.into(),
            severity,
            message: message.into(),
            span: Span { start, end },
            line,
            column,
        }
    }
}

impl Judgement {
    /// A score without a breakdown.
    #[must_use]
    pub fn of(score: f64) -> Self {
        Self {
            score: Some(score),
            ..Self::abstain()
        }
    }

    /// No score: this judge's part is missing from the reward, which is not the same as zero.
    #[must_use]
    pub fn abstain() -> Self {
        Self {
            score: None,
            parts: Vec::new(),
            credits: Vec::new(),
            findings: Vec::new(),
            notes: Vec::new(),
            details: Vec::new(),
        }
    }

    /// The same with one more named part in its breakdown.
    #[must_use]
    pub fn part(mut self, name: impl Into<String>, score: f64, note: impl Into<String>) -> Self {
        self.parts.push(Part {
            name: name.into(),
            score,
            note: note.into(),
        });
        self
    }

    /// The same with credit for the program's bytes `start..end`.
    #[must_use]
    pub fn credit(mut self, start: u32, end: u32, value: f64, note: impl Into<String>) -> Self {
        self.credits.push(Credit {
            span: Span { start, end },
            value,
            note: note.into(),
        });
        self
    }

    /// The same with one more thing that is marked in the program.
    #[must_use]
    pub fn finding(mut self, finding: Finding) -> Self {
        self.findings.push(finding);
        self
    }

    /// The same with one more note for people.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// Serves a [`Judge`] to the host; [`export_judge!`](crate::export_judge) uses it.
#[doc(hidden)]
pub struct Served<T>(PhantomData<T>);

impl<T: Judge> exports::judge::Guest for Served<T> {
    fn judge(episode: Episode, config: String) -> Result<Judgement, Error> {
        begin();
        T::judge(&episode, &settings(&config)?)
    }
}

impl<T: Judge> exports::batch::Guest for Served<T> {
    fn judge_all(episodes: Vec<Episode>, config: String) -> Vec<Result<Judgement, Error>> {
        begin();
        match settings(&config) {
            Ok(config) => episodes
                .iter()
                .map(|episode| T::judge(episode, &config))
                .collect(),
            Err(error) => episodes.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}

/// Makes the crate a judge plugin: `export_judge!(MyJudge);`.
#[macro_export]
macro_rules! export_judge {
    ($judge:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(missing_docs, unsafe_code)]
        mod falcon_exports {
            use super::*;
            type Plugin = $crate::judge::Served<$judge>;
            $crate::bindings::judge::export_bindings!(Plugin with_types_in $crate::bindings::judge);
        }
    };
}
