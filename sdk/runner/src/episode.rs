//! An episode as JSON.

use falcon_sdk::judge::{Diagnostic, Episode, Severity, TestOutcome, Verdict};
use serde_json::{Map, Value, json};

/// How names of more than one word are written.
#[derive(Clone, Copy)]
pub enum Names {
    /// `taskId`, as JavaScript does.
    Camel,
    /// `task_id`, as records do.
    Snake,
}

/// The episode as JSON.
#[must_use]
pub fn json(episode: &Episode, names: Names) -> Value {
    let (task_id, cheapest_fuel) = match names {
        Names::Camel => ("taskId", "cheapestFuel"),
        Names::Snake => ("task_id", "cheapest_fuel"),
    };
    json!({
        task_id: episode.task_id,
        "split": episode.split,
        "language": episode.language,
        "prompt": episode.prompt,
        "program": episode.program,
        "reference": episode.reference,
        "attempt": episode.attempt,
        "diagnostics": episode.diagnostics.iter().map(diagnostic).collect::<Vec<_>>(),
        "verdict": verdict(episode.verdict),
        "tests": episode.tests.iter().map(test).collect::<Vec<_>>(),
        "fuel": episode.fuel,
        cheapest_fuel: episode.cheapest_fuel,
        "details": details(&episode.details),
    })
}

fn diagnostic(found: &Diagnostic) -> Value {
    let severity = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    json!({
        "severity": severity,
        "class": found.class,
        "message": found.message,
        "line": found.line,
        "column": found.column,
    })
}

fn test(outcome: &TestOutcome) -> Value {
    json!({
        "name": outcome.name,
        "verdict": verdict(outcome.verdict),
        "message": outcome.message,
        "at": outcome.at.as_ref().map(diagnostic),
        "details": details(&outcome.details),
    })
}

fn details(details: &[(String, String)]) -> Map<String, Value> {
    let pairs = details.iter().cloned();
    pairs
        .map(|(name, value)| (name, Value::String(value)))
        .collect()
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "failed",
        Verdict::CompileError => "compile-error",
        Verdict::RuntimeError => "runtime-error",
        Verdict::OutOfFuel => "out-of-fuel",
        Verdict::OutOfMemory => "out-of-memory",
        Verdict::OutputLimit => "output-limit",
        Verdict::Forbidden => "forbidden",
        Verdict::Infrastructure => "infrastructure",
    }
}
