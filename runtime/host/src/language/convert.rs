//! Between the track's types and FALCON's own.
//!
//! A program may have changed the pack in its instance, so whatever comes out of one is cut to size here.

use falcon_episode::{Diagnostic, Severity, TestOutcome, Verdict};

use super::bindings::falcon::{language::exchange::Raised, types::types};

/// Longest text that comes out of an instance, in bytes.
const TEXT: usize = 8 << 10;
/// Longest name of a class, in bytes.
const NAME: usize = 256;
/// Most exception class names of one exception, and most diagnostics of one program.
const MANY: usize = 32;

pub(super) fn to_verdict(verdict: Verdict) -> types::Verdict {
    match verdict {
        Verdict::Passed => types::Verdict::Passed,
        Verdict::Failed => types::Verdict::Failed,
        Verdict::CompileError => types::Verdict::CompileError,
        Verdict::RuntimeError => types::Verdict::RuntimeError,
        Verdict::OutOfFuel => types::Verdict::OutOfFuel,
        Verdict::OutOfMemory => types::Verdict::OutOfMemory,
        Verdict::OutputLimit => types::Verdict::OutputLimit,
        Verdict::Forbidden => types::Verdict::Forbidden,
        Verdict::Infrastructure => types::Verdict::Infrastructure,
    }
}

pub(super) fn verdict(verdict: types::Verdict) -> Verdict {
    match verdict {
        types::Verdict::Passed => Verdict::Passed,
        types::Verdict::Failed => Verdict::Failed,
        types::Verdict::CompileError => Verdict::CompileError,
        types::Verdict::RuntimeError => Verdict::RuntimeError,
        types::Verdict::OutOfFuel => Verdict::OutOfFuel,
        types::Verdict::OutOfMemory => Verdict::OutOfMemory,
        types::Verdict::OutputLimit => Verdict::OutputLimit,
        types::Verdict::Forbidden => Verdict::Forbidden,
        types::Verdict::Infrastructure => Verdict::Infrastructure,
    }
}

/// The first of what a checker found.
pub(super) fn diagnostics(found: Vec<types::Diagnostic>) -> Vec<Diagnostic> {
    found.into_iter().take(MANY).map(diagnostic).collect()
}

pub(super) fn diagnostic(mut found: types::Diagnostic) -> Diagnostic {
    bound_place(&mut found);
    Diagnostic {
        severity: match found.severity {
            types::Severity::Error => Severity::Error,
            types::Severity::Warning => Severity::Warning,
            types::Severity::Note => Severity::Note,
        },
        class: found.class,
        message: found.message,
        line: found.line,
        column: found.column,
    }
}

pub(super) fn outcome(mut found: types::TestOutcome) -> TestOutcome {
    cut(&mut found.name, TEXT);
    cut(&mut found.message, TEXT);
    let got = found
        .details
        .into_iter()
        .find(|(key, _)| key == "got")
        .map(|(_, mut value)| {
            cut(&mut value, TEXT);
            value
        });
    TestOutcome {
        name: found.name,
        verdict: verdict(found.verdict),
        message: found.message,
        at: found.at.map(diagnostic),
        got,
    }
}

/// An exception with at least one class name, and nothing of it too long.
pub(super) fn raised(mut raised: Raised) -> Raised {
    cut(&mut raised.message, TEXT);
    raised.types.truncate(MANY);
    raised.types.iter_mut().for_each(|name| cut(name, NAME));
    if raised.types.is_empty() {
        raised.types.push("BaseException".to_owned());
    }
    raised.at.iter_mut().for_each(bound_place);
    raised
}

/// A text that is not too long.
pub(super) fn short(mut text: String) -> String {
    cut(&mut text, TEXT);
    text
}

fn bound_place(at: &mut types::Diagnostic) {
    cut(&mut at.class, NAME);
    cut(&mut at.message, TEXT);
}

/// Cuts a text to at most this many bytes.
fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        let end = (0..=limit)
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        text.truncate(end);
    }
}
