//! What a worker answers. A program that got out of its sandbox chooses these bytes.

use serde::{Deserialize, Serialize};

use super::{InForce, ProgramRun};
use crate::execution::Execution;

/// A worker's first answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Started {
    /// It takes work.
    Ready(InForce),
    /// It cannot.
    Failed(String),
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Done {
    /// The program ran against its tests.
    Executed(Execution),
    /// It ran from standard input to standard output.
    Ran(ProgramRun),
    /// The sandbox failed: the worker ends after this.
    Failed(String),
}
