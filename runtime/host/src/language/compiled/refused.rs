//! Programs, and test programs, of which no module was made.

use falcon_episode::{Diagnostic, Severity, TestOutcome, Verdict};

use super::{build::Rejected, program::Candidate};
use crate::language::{HarnessRun, OpenError};

/// What a program that was not built is told.
pub(super) fn refused(rejected: Rejected) -> (Verdict, String, Vec<Diagnostic>) {
    match rejected {
        Rejected::Source(found) => {
            let first = found.iter().find(|one| one.severity == Severity::Error);
            let message =
                first.map_or_else(String::new, |one| format!("{}: {}", one.class, one.message));
            (Verdict::CompileError, message, found)
        }
        Rejected::Missing(name) => {
            let message = format!("the program has no function {name}");
            let found = Diagnostic {
                severity: Severity::Error,
                class: "missing function".to_owned(),
                message: message.clone(),
                line: 0,
                column: 0,
            };
            (Verdict::CompileError, message, vec![found])
        }
        Rejected::Forbidden(message) => (Verdict::Forbidden, message, Vec::new()),
    }
}

/// A test program that does not compile is a fault of the task.
pub(super) fn tests_refused(
    rejected: Rejected,
    candidate: &Candidate,
) -> (Result<HarnessRun, OpenError>, u64) {
    let message = match rejected {
        Rejected::Source(found) => found.first().map_or_else(String::new, |one| {
            format!("line {}: {}: {}", one.line, one.class, one.message)
        }),
        Rejected::Missing(name) => format!("nothing declares the function {name}"),
        Rejected::Forbidden(message) => message,
    };
    let outcome = TestOutcome {
        name: "tests".to_owned(),
        verdict: Verdict::Infrastructure,
        message: format!("the test program does not compile: {message}"),
        at: None,
        got: None,
    };
    let fuel = candidate.program.used();
    let run = HarnessRun {
        outcomes: vec![outcome],
        ended: None,
        fuel,
        test_fuel: 0,
    };
    (Ok(run), fuel)
}
