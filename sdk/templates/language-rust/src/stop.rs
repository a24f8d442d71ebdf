//! Why a program does not go on.

use falcon_sdk::language::{Diagnostic, Severity, Verdict};

/// A place in a program, each from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

/// Why a program does not go on.
#[derive(Debug)]
pub enum Stop {
    /// An error, which `try` catches.
    Raised(Raised),
    /// `(exit code)`.
    Exit(i32),
    /// On the test side: what the program returned is no plain data. No test catches it.
    NotPlain(String),
    /// On the test side: the program is gone, and why. No test catches it.
    Ended(Verdict, String),
}

/// An error.
#[derive(Debug)]
pub struct Raised {
    pub class: String,
    pub message: String,
    pub at: Option<Place>,
    /// On the test side: that the program raised it, and where in the program.
    pub of_program: Option<Option<Diagnostic>>,
}

impl Stop {
    pub fn error(message: impl Into<String>) -> Self {
        Self::Raised(Raised {
            class: "error".to_owned(),
            message: message.into(),
            at: None,
            of_program: None,
        })
    }

    /// The same, at this place unless it has one.
    pub fn at(mut self, place: Place) -> Self {
        if let Self::Raised(raised) = &mut self {
            raised.at.get_or_insert(place);
        }
        self
    }
}

/// An error as the host reads it.
pub fn diagnostic(class: &str, message: &str, at: Option<Place>) -> Diagnostic {
    let at = at.unwrap_or_default();
    Diagnostic {
        severity: Severity::Error,
        class: class.to_owned(),
        message: message.to_owned(),
        line: at.line,
        column: at.column,
    }
}
