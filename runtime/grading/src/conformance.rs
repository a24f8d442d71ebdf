//! What every language pack must do, as cases that each pack gives in its own language.
//!
//! The names are the same for all ([`REQUIRED`]), the programs are the pack's, in a file `conformance.toml`
//! beside its manifest; `docs/language-packs.md` describes it. Cases run under the real host with its limits.

mod case;
mod run;

use std::path::{Path, PathBuf};

use falcon_host::language::LanguagePack;
use serde::Serialize;

/// The cases that every pack has.
pub const REQUIRED: [&str; 33] = [
    "check-accepts",
    "check-locates-syntax-error",
    "run-echoes-stdin",
    "run-arguments",
    "run-exit-code",
    "run-error-is-located",
    "run-does-not-compile",
    "run-out-of-fuel",
    "run-out-of-memory",
    "run-output-limit",
    "run-deep-recursion",
    "run-no-files",
    "run-no-environment",
    "run-clock-is-fixed",
    "run-random-is-fixed",
    "run-binary-output",
    "calls-plain-data",
    "calls-error-is-located",
    "calls-missing-function",
    "calls-wrong-answer",
    "open-does-not-compile",
    "open-raises",
    "harness-passes",
    "harness-fails-one-of-many",
    "harness-program-raises",
    "harness-expects-error",
    "harness-changes-argument",
    "harness-object-is-no-answer",
    "harness-out-of-fuel",
    "harness-exit",
    "harness-no-check-reached",
    "harness-keeps-state",
    "harness-helper-in-shared",
];

/// What one case said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseOutcome {
    /// Its name.
    pub name: String,
    /// How it was not as it says; empty where it was.
    pub differs: Vec<String>,
}

/// Why a file of cases cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConformanceError {
    /// It cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{}: {message}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its place.
        message: String,
    },
    /// The sandbox failed.
    #[error("case {name}: {error}")]
    Sandbox {
        /// The case.
        name: String,
        /// Why.
        #[source]
        error: falcon_host::language::LanguageError,
    },
}

/// Runs every case of a file. Those that every pack must have and that the file has not are among the
/// outcomes.
///
/// # Errors
/// Where the file cannot be used, or the sandbox fails.
pub fn conform(pack: &LanguagePack, file: &Path) -> Result<Vec<CaseOutcome>, ConformanceError> {
    let cases = case::read(file)?;
    let mut outcomes = Vec::new();
    for case in &cases {
        let differs = run::differences(pack, case).map_err(|error| ConformanceError::Sandbox {
            name: case.name.clone(),
            error,
        })?;
        outcomes.push(CaseOutcome {
            name: case.name.clone(),
            differs,
        });
    }
    let missing = REQUIRED
        .iter()
        .filter(|name| !cases.iter().any(|case| case.name == **name));
    outcomes.extend(missing.map(|name| CaseOutcome {
        name: (*name).to_owned(),
        differs: vec!["the file has no such case, and every pack must have it".to_owned()],
    }));
    Ok(outcomes)
}
