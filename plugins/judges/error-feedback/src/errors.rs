//! What went wrong, from the episode's typed outcomes: class and line, never a message's words.

use falcon_sdk::judge::{Diagnostic, Episode, Severity, TestOutcome, Verdict};

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// An exception's or diagnostic's class, or one of the names for outcomes without.
    pub(crate) class: String,
    /// 1-based line of the program; none where it has no place there.
    pub(crate) line: Option<u32>,
    /// Whether the test itself may have raised it.
    pub(crate) of_test: bool,
}

/// Most problems of one episode that are looked at.
const MAX_PROBLEMS: usize = 20;

/// What went wrong, each class and line once: first what decided the verdict, then what further tests met.
pub(crate) fn of(episode: &Episode) -> Vec<Problem> {
    let mut found = Vec::new();
    match episode.verdict {
        Verdict::Passed => return found,
        Verdict::CompileError | Verdict::RuntimeError => {
            let first = episode.diagnostics.iter().find(|one| is_error(one));
            found.push(match first {
                Some(diagnostic) => raised(diagnostic),
                None => unplaced(episode.verdict),
            });
        }
        Verdict::Failed => {}
        other => found.push(unplaced(other)),
    }
    for problem in episode.tests.iter().filter_map(of_test) {
        if found.len() < MAX_PROBLEMS && !found.contains(&problem) {
            found.push(problem);
        }
    }
    if found.is_empty() {
        found.push(unplaced(episode.verdict));
    }
    found
}

/// What went wrong in one test. A place in a failed check is one of the test program, not of the program.
fn of_test(test: &TestOutcome) -> Option<Problem> {
    match (test.verdict, &test.at) {
        (Verdict::Passed, _) => None,
        (Verdict::RuntimeError | Verdict::CompileError, Some(at)) => Some(raised(at)),
        (Verdict::Failed, Some(at)) if !at.class.is_empty() && at.class != "AssertionError" => {
            Some(Problem {
                class: at.class.clone(),
                line: None,
                of_test: true,
            })
        }
        (verdict, _) => Some(unplaced(verdict)),
    }
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

fn raised(diagnostic: &Diagnostic) -> Problem {
    Problem {
        class: diagnostic.class.clone(),
        line: (diagnostic.line > 0).then_some(diagnostic.line),
        of_test: false,
    }
}

/// A verdict that names no exception, under the name that the settings call it by.
fn unplaced(verdict: Verdict) -> Problem {
    let class = match verdict {
        Verdict::Passed => "Passed",
        Verdict::Failed => "WrongAnswer",
        Verdict::CompileError => "CompileError",
        Verdict::RuntimeError => "RuntimeError",
        Verdict::OutOfFuel => "OutOfFuel",
        Verdict::OutOfMemory => "OutOfMemory",
        Verdict::OutputLimit => "OutputLimit",
        Verdict::Forbidden => "Forbidden",
        Verdict::Infrastructure => "Infrastructure",
    };
    Problem {
        class: class.to_owned(),
        line: None,
        of_test: false,
    }
}
