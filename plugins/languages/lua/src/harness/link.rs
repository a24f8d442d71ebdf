//! The test side's view of the candidate, and what became of the tests. What went wrong is kept, whatever
//! the tests catch.
//!
//! What the program answers may fail a test and may never break one: once it has answered, what goes
//! wrong with what the tests pass on to it for being too much is its failure and not the tests'.

use std::cell::RefCell;

use falcon_sdk::language::{Diagnostic, Operation, Raised, Stopped, Verdict};

use crate::{ffi, lua::Fault};

/// How a call into or out of Lua ended: `enum falcon_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Status {
    Ok = 0,
    Raised = 1,
    NotPlain = 2,
    Stopped = 3,
}

impl Status {
    /// The status of this number.
    pub(crate) const fn of(number: u32) -> Self {
        match number {
            0 => Self::Ok,
            1 => Self::Raised,
            2 => Self::NotPlain,
            _ => Self::Stopped,
        }
    }
}

/// What the candidate said to one operation.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: Status,
    pub(crate) value: Vec<u8>,
    pub(crate) changed: Option<Vec<u8>>,
    /// Of what it raised.
    pub(crate) message: String,
    /// Whether the error value is another than its message.
    pub(crate) has_value: bool,
}

impl Answer {
    const fn of(status: Status) -> Self {
        Self {
            status,
            value: Vec::new(),
            changed: None,
            message: String::new(),
            has_value: false,
        }
    }
}

/// How an assertion or a test function ended, as the glue tells it.
pub(crate) struct Ended {
    /// The assertion's number, from 1; 0 for a test function.
    pub(crate) site: usize,
    pub(crate) status: Status,
    pub(crate) name: String,
    pub(crate) got: String,
    pub(crate) message: String,
}

/// How a test failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) verdict: Verdict,
    pub(crate) message: String,
    pub(crate) class: String,
    /// In the test program; 0 where only the test's own line is known.
    pub(crate) line: u32,
    /// In the program, where it raised.
    pub(crate) at: Option<Diagnostic>,
    pub(crate) got: String,
}

impl Failure {
    pub(crate) fn new(verdict: Verdict, class: &str, message: String) -> Self {
        Self {
            verdict,
            message,
            class: class.to_owned(),
            line: 0,
            at: None,
            got: String::new(),
        }
    }
}

/// All that is known of a run.
#[derive(Default)]
pub(crate) struct Run {
    /// Whether the candidate has answered an operation.
    answered: bool,
    /// The candidate is gone: its verdict, and why.
    pub(crate) ended: Option<(Verdict, String)>,
    /// The program's last answer is none. The next test to end has failed.
    pub(crate) refusal: Option<String>,
    pub(crate) unsendable: Option<String>,
    pub(crate) exit: Option<i32>,
    /// What the program raised last.
    raised: Option<Raised>,
    /// Assertions reached, those in functions included.
    pub(crate) checks: u64,
    /// What became of each assertion that is a test: none where it was not reached.
    pub(crate) tests: Vec<Option<Result<(), Failure>>>,
    /// Test functions that an error ended outside of such assertions.
    pub(crate) functions: Vec<(String, Failure)>,
    failures: u32,
    answer: Option<Answer>,
}

thread_local! {
    static RUN: RefCell<Run> = RefCell::default();
}

fn with<R>(then: impl FnOnce(&mut Run) -> R) -> R {
    RUN.with(|run| then(&mut run.borrow_mut()))
}

/// Begins a run with so many tests.
pub(crate) fn begin(tests: usize) {
    with(|run| {
        *run = Run {
            tests: vec![None; tests],
            ..Run::default()
        };
    });
}

/// Ends the run: what is known of it.
pub(crate) fn take() -> Run {
    with(std::mem::take)
}

/// The name under which the candidate side gives the error value that it raised last.
const LAST_ERROR: &str = "<error>";

/// Carries one operation across. The answer is kept until the next one.
pub(crate) fn perform(operation: &Operation, arguments: &[u8], then: impl FnOnce(&Answer)) {
    let of_error = matches!(operation, Operation::GetGlobal(name) if name == LAST_ERROR);
    let over = with(|run| run.ended.is_some() || run.unsendable.is_some());
    let answer = if over {
        Answer::of(Status::Stopped)
    } else {
        let done = falcon_sdk::language::perform(operation, arguments);
        with(|run| run.accept(done, of_error))
    };
    with(|run| then(run.answer.insert(answer)));
}

/// The tests pass what cannot cross: their fault, or the program's that made it so.
pub(crate) fn unsendable(what: &str) {
    with(|run| {
        // Only what is too large or too deep is the program's doing.
        if run.answered
            && ["data ", "more ", "a text of "]
                .iter()
                .any(|much| what.starts_with(much))
        {
            run.refusal = Some(format!(
                "the tests pass on what it returned, which makes {what}"
            ));
        } else {
            run.unsendable = Some(format!(
                "the tests pass {what}, which cannot cross to the program"
            ));
        }
    });
}

/// The program's answer is none.
pub(crate) fn refuse(message: String) {
    with(|run| run.refusal = Some(message));
}

/// An assertion was reached.
pub(crate) fn checked() {
    with(|run| run.checks += 1);
}

/// The test program ended itself.
pub(crate) fn exited(code: i32) {
    with(|run| run.exit = run.exit.or(Some(code)));
}

/// How many tests and test functions have failed.
pub(crate) fn failures() -> u32 {
    with(|run| run.failures)
}

/// An assertion or a test function ended.
pub(crate) fn ended(how: Ended) {
    let fault = (how.status == Status::Raised).then(ffi::fault);
    with(|run| run.record(how, fault));
}

impl Run {
    fn accept(
        &mut self,
        done: Result<falcon_sdk::language::Reply, Stopped>,
        of_error: bool,
    ) -> Answer {
        let raised = match done {
            Ok(reply) => {
                self.answered = true;
                return Answer {
                    value: reply.value,
                    changed: reply.changed,
                    ..Answer::of(Status::Ok)
                };
            }
            Err(Stopped::Ended((verdict, message))) => {
                self.ended = Some((verdict, message));
                return Answer::of(Status::Stopped);
            }
            Err(Stopped::Raised(raised)) => raised,
        };
        self.answered = true;
        if of_error {
            // Its text is known, and has to do.
            return Answer::of(Status::Raised);
        }
        if raised.not_plain {
            self.refusal = Some(format!("{}, which is not plain data", raised.message));
            return Answer::of(Status::NotPlain);
        }
        let class = raised.types.first().map_or("", String::as_str);
        let answer = Answer {
            message: raised.message.clone(),
            has_value: !matches!(class, "runtime error" | "MemoryError"),
            ..Answer::of(Status::Raised)
        };
        self.raised = Some(raised);
        answer
    }

    fn record(&mut self, how: Ended, fault: Option<Fault>) {
        let (site, name) = (how.site, how.name.clone());
        let result = match self.failure(how, fault) {
            Some(failure) => Err(failure),
            None => Ok(()),
        };
        self.failures += u32::from(result.is_err());
        if site == 0 {
            self.functions
                .extend(result.err().map(|failure| (name, failure)));
        } else if let Some(test) = self.tests.get_mut(site - 1) {
            // An assertion in a loop is one test, which has failed where it failed once.
            if !matches!(test, Some(Err(_))) {
                *test = Some(result);
            }
        }
    }

    fn failure(&mut self, how: Ended, fault: Option<Fault>) -> Option<Failure> {
        if let Some(message) = self.refusal.take() {
            return Some(Failure::new(Verdict::Failed, "not plain data", message));
        }
        match (how.status, fault) {
            (Status::Ok, _) => None,
            (Status::Raised, Some(fault)) if fault.by_program => Some(self.of_program(&fault)),
            (Status::Raised, Some(fault)) => Some(of_test(how, &fault)),
            (Status::Stopped, _) => self.stopped(),
            _ => Some(Failure::new(Verdict::Failed, "not plain data", how.message)),
        }
    }

    /// Why nothing more can be asked, where that is a failure.
    pub(crate) fn stopped(&self) -> Option<Failure> {
        if let Some(message) = &self.unsendable {
            let message = message.clone();
            return Some(Failure::new(
                Verdict::Infrastructure,
                "not plain data",
                message,
            ));
        }
        let (verdict, message) = self.ended.as_ref()?;
        Some(Failure::new(
            *verdict,
            verdict_name(*verdict),
            message.clone(),
        ))
    }

    /// The error of the program that a test did not catch.
    pub(crate) fn of_program(&self, fault: &Fault) -> Failure {
        let Some(raised) = &self.raised else {
            return Failure::new(Verdict::RuntimeError, &fault.kind, fault.message.clone());
        };
        let class = raised.types.first().map_or("an error", String::as_str);
        let message = raised.at.as_ref().map_or(&raised.message, |at| &at.message);
        Failure {
            at: raised.at.clone(),
            ..Failure::new(
                Verdict::RuntimeError,
                class,
                format!("the program raised {class}: {message}"),
            )
        }
    }
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::OutOfFuel => "out of fuel",
        Verdict::OutOfMemory => "MemoryError",
        Verdict::OutputLimit => "output limit",
        Verdict::Forbidden => "forbidden",
        _ => "ended",
    }
}

fn of_test(how: Ended, fault: &Fault) -> Failure {
    let at = fault.diagnostic();
    let message = if how.message.is_empty() {
        at.message
    } else {
        how.message
    };
    Failure {
        line: if how.site == 0 { at.line } else { 0 },
        got: how.got,
        ..Failure::new(Verdict::Failed, &fault.kind, message)
    }
}
