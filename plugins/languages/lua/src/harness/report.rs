//! From what became of a run to the outcomes of its tests.

use falcon_sdk::language::{Diagnostic, Severity, TestOutcome, Verdict};

use super::{
    link::{self, Failure, Run},
    sites::Instrumented,
};
use crate::lua::Error;

/// The one outcome of tests that cannot be run, which is their own fault.
pub(super) fn broken(message: String) -> TestOutcome {
    TestOutcome {
        name: "tests".to_owned(),
        verdict: Verdict::Infrastructure,
        message,
        at: None,
        details: Vec::new(),
    }
}

/// One outcome a test, in the order of the test program.
pub(super) fn outcomes(tests: &Instrumented, error: Option<Error>) -> Vec<TestOutcome> {
    let mut run = link::take();
    let error = overall(&mut run, error);
    // What ended a test function early also left assertions of it out.
    let early = error
        .clone()
        .or(run.functions.first().map(|(_, failure)| failure.clone()));
    let mut found = Vec::new();
    for (site, result) in tests.sites.iter().zip(&run.tests) {
        match (result, &early) {
            (Some(Ok(())), _) => found.push(passed(&site.name)),
            (Some(Err(failure)), _) => found.push(outcome(&site.name, site.line, failure)),
            (None, Some(failure)) => {
                let mut left_out = outcome(&site.name, site.line, failure);
                left_out.message = format!("not reached: {}", left_out.message);
                found.push(left_out);
            }
            (None, None) => {}
        }
    }
    for (name, failure) in &run.functions {
        found.push(outcome(name, failure.line, failure));
    }
    let so_far = |found: &[TestOutcome]| found.iter().all(|one| one.verdict == Verdict::Passed);
    if let Some(failure) = error.filter(|_| so_far(&found)) {
        found.push(outcome("tests", failure.line, &failure));
    }
    if let Some(code) = run.exit.filter(|code| *code != 0 && so_far(&found)) {
        let message = format!("the test program ended itself with exit code {code}");
        found.push(outcome(
            "tests",
            0,
            &Failure::new(Verdict::Failed, "exit", message),
        ));
    }
    if found.is_empty() {
        found.push(of_nothing(tests, &run));
    }
    found
}

/// What ended the test program as a whole, if anything did.
fn overall(run: &mut Run, error: Option<Error>) -> Option<Failure> {
    if let Some(stopped) = run.stopped() {
        return Some(stopped);
    }
    if let Some(message) = run.refusal.take() {
        return Some(Failure::new(Verdict::Failed, "not plain data", message));
    }
    match error? {
        Error::Raised(fault) if fault.by_program => Some(run.of_program(&fault)),
        Error::Raised(fault) => {
            let at = fault.diagnostic();
            let message = format!("the test program raised {}: {}", fault.class(), at.message);
            Some(Failure {
                line: at.line,
                ..Failure::new(Verdict::Failed, fault.class(), message)
            })
        }
        Error::NotPlain(message) => Some(Failure::new(Verdict::Failed, "not plain data", message)),
        // It ended itself.
        Error::Stopped => None,
    }
}

/// Tests that no outcome came of. Those that assert something have asserted nothing.
fn of_nothing(tests: &Instrumented, run: &Run) -> TestOutcome {
    let silent = run.checks == 0 && tests.asserts;
    if !silent {
        return passed("tests");
    }
    TestOutcome {
        verdict: Verdict::Failed,
        message: "no check of the test program was reached".to_owned(),
        ..passed("tests")
    }
}

fn passed(name: &str) -> TestOutcome {
    TestOutcome {
        name: name.to_owned(),
        verdict: Verdict::Passed,
        message: String::new(),
        at: None,
        details: Vec::new(),
    }
}

fn outcome(name: &str, line: u32, failure: &Failure) -> TestOutcome {
    let line = if failure.line == 0 {
        line
    } else {
        failure.line
    };
    let here = Diagnostic {
        severity: Severity::Error,
        class: failure.class.clone(),
        message: failure.message.clone(),
        line,
        column: 0,
    };
    let got = (!failure.got.is_empty()).then(|| ("got".to_owned(), failure.got.clone()));
    TestOutcome {
        verdict: failure.verdict,
        message: failure.message.clone(),
        at: Some(failure.at.clone().unwrap_or(here)),
        details: got.into_iter().collect(),
        ..passed(name)
    }
}
