//! Between the track's types and FALCON's own.

use falcon_episode::{Diagnostic, Severity, TestOutcome, Verdict};

use super::bindings::falcon::types::types;

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

pub(super) fn diagnostic(found: types::Diagnostic) -> Diagnostic {
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

pub(super) fn outcome(found: types::TestOutcome) -> TestOutcome {
    let got = found
        .details
        .into_iter()
        .find(|(key, _)| key == "got")
        .map(|(_, value)| value);
    TestOutcome {
        name: found.name,
        verdict: verdict(found.verdict),
        message: found.message,
        at: found.at.map(diagnostic),
        got,
    }
}

/// Cuts a text to at most this many bytes.
pub(super) fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        let end = (0..=limit)
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        text.truncate(end);
    }
}
