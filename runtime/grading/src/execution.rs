//! What comes of running a program.

use falcon_episode::{Diagnostic, TestOutcome, Verdict};
use serde::{Deserialize, Serialize};

/// What running a program against its tests said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// Over all tests: `Passed` only where every test passed.
    pub verdict: Verdict,
    /// One for each test, in order; never empty.
    pub tests: Vec<TestOutcome>,
    /// What the compiler said, or the place of the error that ended the program.
    pub diagnostics: Vec<Diagnostic>,
    /// Fuel the program used.
    pub fuel: u64,
    /// Instances it took.
    pub instances: u64,
}
