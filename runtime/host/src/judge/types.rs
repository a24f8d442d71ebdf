//! What every track has in common: the types of `falcon:types`, converted.

use falcon_episode::{Diagnostic, Episode, Severity, TestOutcome, Verdict};

use super::JudgeInput;
use crate::Failure;

/// Generated once, with the first track, and used by the others: those of one package in every track.
pub(super) use super::v0_1::bindings::falcon::types::types as wit;

/// What a test's details hold: `got`, where the program returned something.
pub(super) type Details<'a> = Option<(&'a str, &'a str)>;

/// The details of each test.
pub(super) fn details(episode: &Episode) -> Vec<Details<'_>> {
    let tests = episode.tests.iter();
    tests
        .map(|test| test.got.as_deref().map(|got| ("got", got)))
        .collect()
}

/// The lists of an episode in the interface's types, which borrow its texts.
pub(super) struct Held<'a> {
    pub(super) input: JudgeInput<'a>,
    pub(super) diagnostics: Vec<wit::Diagnostic<'a>>,
    pub(super) tests: Vec<wit::TestOutcome<'a>>,
}

impl<'a> Held<'a> {
    pub(super) fn new(input: JudgeInput<'a>, details: &'a [Details<'a>]) -> Self {
        let tests = input.episode.tests.iter().zip(details);
        Self {
            input,
            diagnostics: input.episode.diagnostics.iter().map(diagnostic).collect(),
            tests: tests
                .map(|(outcome, details)| test(outcome, details))
                .collect(),
        }
    }
}

fn diagnostic(found: &Diagnostic) -> wit::Diagnostic<'_> {
    wit::Diagnostic {
        severity: match found.severity {
            Severity::Error => wit::Severity::Error,
            Severity::Warning => wit::Severity::Warning,
            Severity::Note => wit::Severity::Note,
        },
        class: &found.class,
        message: &found.message,
        line: found.line,
        column: found.column,
    }
}

fn test<'a>(outcome: &'a TestOutcome, details: &'a Details<'a>) -> wit::TestOutcome<'a> {
    wit::TestOutcome {
        name: &outcome.name,
        verdict: verdict(outcome.verdict),
        message: &outcome.message,
        at: outcome.at.as_ref().map(diagnostic),
        details: details.as_slice(),
    }
}

pub(super) fn verdict(verdict: Verdict) -> wit::Verdict {
    match verdict {
        Verdict::Passed => wit::Verdict::Passed,
        Verdict::Failed => wit::Verdict::Failed,
        Verdict::CompileError => wit::Verdict::CompileError,
        Verdict::RuntimeError => wit::Verdict::RuntimeError,
        Verdict::OutOfFuel => wit::Verdict::OutOfFuel,
        Verdict::OutOfMemory => wit::Verdict::OutOfMemory,
        Verdict::OutputLimit => wit::Verdict::OutputLimit,
        Verdict::Forbidden => wit::Verdict::Forbidden,
        Verdict::Infrastructure => wit::Verdict::Infrastructure,
    }
}

pub(super) fn severity(severity: wit::Severity) -> Severity {
    match severity {
        wit::Severity::Error => Severity::Error,
        wit::Severity::Warning => Severity::Warning,
        wit::Severity::Note => Severity::Note,
    }
}

/// A part's note has no place of its own in the record, so it stands with the notes.
pub(super) fn noted<'a>(
    parts: impl Iterator<Item = (&'a str, &'a str)>,
    notes: Vec<String>,
) -> Vec<String> {
    parts
        .filter(|(_, note)| !note.is_empty())
        .map(|(name, note)| format!("{name}: {note}"))
        .chain(notes)
        .collect()
}

pub(super) fn reported(error: wit::Error) -> Failure {
    Failure::Reported {
        code: error.code,
        message: error.message,
        detail: error.detail,
    }
}
