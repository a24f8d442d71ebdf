//! Why a command ended early, in words for the person who typed it.

use std::fmt;
use std::process::ExitCode;

/// The three ways to end other than well; each is an exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The answer is "no": a test failed or code did not compile. Exit 1.
    No(String),
    /// The command line makes no sense. Exit 2.
    Usage(String),
    /// The machine lacks something that could not be had. Exit 3.
    Missing {
        /// What is missing, and what was tried.
        what: String,
        /// How a person gets it.
        remedy: String,
    },
}

impl Failure {
    /// The process exit code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Failure::No(_) => ExitCode::from(1),
            Failure::Usage(_) => ExitCode::from(2),
            Failure::Missing { .. } => ExitCode::from(3),
        }
    }

    /// A machine that does not do what every machine does (a file cannot be written, say).
    pub(crate) fn machine(what: impl Into<String>) -> Self {
        Failure::Missing {
            what: what.into(),
            remedy: String::new(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::No(what) => write!(f, "xtask: {what}"),
            Failure::Usage(what) => write!(f, "xtask: {what}\nSee `cargo xtask --help`."),
            Failure::Missing { what, remedy } if remedy.is_empty() => write!(f, "xtask: {what}"),
            Failure::Missing { what, remedy } => write!(f, "xtask: {what}\n\nTo go on: {remedy}"),
        }
    }
}

impl std::error::Error for Failure {}

/// Turns any error into "the machine does not do this", with what was being done.
pub(crate) trait Doing<T> {
    /// `doing` completes the sentence "cannot …".
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Doing<T> for Result<T, E> {
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|error| Failure::machine(format!("cannot {}: {error}", doing())))
    }
}
