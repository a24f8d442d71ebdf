//! What is said of each test.

use falcon_sdk::language::{Diagnostic, Raised, Severity, TestOutcome, Verdict};

use super::link::with;
use crate::{engine::Thrown, faults::Fault, inspect, text};

/// Longest value that is shown, in characters.
const SHOWN: usize = 200;

/// Why a test has not passed.
#[derive(Clone)]
pub(super) enum Failure {
    /// The program's answer was none.
    Refused(String),
    /// The program is gone.
    Ended(Verdict, String),
    /// The tests are at fault.
    Unsendable(String),
    /// The program raised.
    Raised(Raised),
    /// A check does not hold, or the tests themselves raised.
    Check {
        class: String,
        message: String,
        got: Option<String>,
    },
}

impl Failure {
    /// What ended the whole run, where something did that the tests cannot catch.
    pub(super) fn of_link() -> Option<Self> {
        with(|link| {
            let unsendable = link.unsendable.clone().map(Self::Unsendable);
            let ended = link.ended.clone();
            unsendable.or_else(|| ended.map(|(verdict, message)| Self::Ended(verdict, message)))
        })
    }

    /// What was thrown in a test.
    pub(super) fn of(thrown: &Thrown) -> Self {
        if let Some(refusal) = with(|link| link.refusal.take()) {
            return Self::Refused(refusal);
        }
        let address = thrown.value.address();
        if let Some((_, raised)) = with(|link| link.raised.remove(&address)) {
            return Self::Raised(raised);
        }
        let fault = Fault::of(&thrown.value);
        let class = fault.types[0].clone();
        if class != "AssertionError" {
            let message = format!("the test raised {class}: {}", fault.message);
            return Self::Check {
                class,
                message,
                got: None,
            };
        }
        let own = |name: &str| thrown.value.own_name(name).data();
        let operator = own("operator")
            .map(|operator| operator.text())
            .unwrap_or_default();
        let got = own("actual").filter(|_| operator != "==" && operator != "throws");
        let got = got.map(|got| inspect::shown(&got, SHOWN));
        let generated = own("generatedMessage").is_some_and(|generated| generated.to_bool());
        let message = match (operator.as_str(), generated) {
            ("==", true) => match with(|link| link.last.clone()) {
                Some(last) => format!("the assertion does not hold; the program last gave {last}"),
                None => "the assertion does not hold".to_owned(),
            },
            _ => fault.message,
        };
        Self::Check {
            class,
            message,
            got,
        }
    }

    /// The outcome of the test that it ended. A line of 0 is unknown.
    pub(super) fn outcome(self, name: &str, line: u32, reached: bool) -> TestOutcome {
        let place = |class: &str, message: &str| Diagnostic {
            severity: Severity::Error,
            class: class.to_owned(),
            message: text::cut(message, 1000),
            line,
            column: 0,
        };
        let mut details = Vec::new();
        let (verdict, message, at) = match self {
            Self::Refused(message) => {
                let at = place("TypeError", &message);
                (Verdict::Failed, message, at)
            }
            Self::Ended(verdict, message) => {
                let at = place("Ended", &message);
                (verdict, message, at)
            }
            Self::Unsendable(message) => {
                let at = place("Unsendable", &message);
                (Verdict::Infrastructure, message, at)
            }
            Self::Raised(raised) => {
                let class = raised.types.first().map_or("Error", String::as_str);
                let message = format!("the program raised {class}: {}", raised.message);
                let at = raised
                    .at
                    .clone()
                    .unwrap_or_else(|| place(class, &raised.message));
                (Verdict::RuntimeError, message, at)
            }
            Self::Check {
                class,
                message,
                got,
            } => {
                let at = place(&class, &message);
                details.extend(got.map(|got| ("got".to_owned(), got)));
                (Verdict::Failed, message, at)
            }
        };
        let message = if reached {
            message
        } else {
            format!("not reached: {message}")
        };
        TestOutcome {
            name: name.to_owned(),
            verdict,
            message,
            at: Some(at),
            details,
        }
    }
}

/// A test without a place.
pub(super) fn plain(verdict: Verdict, message: &str) -> TestOutcome {
    TestOutcome {
        name: "tests".to_owned(),
        verdict,
        message: message.to_owned(),
        at: None,
        details: Vec::new(),
    }
}

/// A test that passed.
pub(super) fn passed(name: &str) -> TestOutcome {
    TestOutcome {
        name: name.to_owned(),
        ..plain(Verdict::Passed, "")
    }
}
