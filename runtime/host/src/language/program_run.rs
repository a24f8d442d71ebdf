//! What running a whole program says. It leaves a worker process as bytes, so it stands apart from what needs the
//! engine: the fuzz targets read it without.

use falcon_episode::{Diagnostic, Verdict};
use serde::{Deserialize, Serialize};

/// A whole program's run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProgramRun {
    /// `Passed` where the program ended on its own with exit code 0.
    pub verdict: Verdict,
    /// Why it did not, for people.
    pub message: String,
    /// What was kept of standard output.
    pub stdout: Vec<u8>,
    /// What was kept of standard error.
    pub stderr: Vec<u8>,
    /// The program's exit code, where it came to one.
    pub exit_code: Option<i32>,
    /// The error that ended it.
    pub error: Option<Diagnostic>,
    /// Fuel used.
    pub fuel: u64,
}
