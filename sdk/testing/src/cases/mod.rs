//! Cases of a plugin, in a file `cases.toml` beside its manifest: what goes in, and what must come out. Run by
//! `falcon plugin test`, under the real host with its limits.

mod file;
mod judge;
mod memory;

use std::path::{Path, PathBuf};

use falcon_host::{Plugin, UseError};
use falcon_package::Kind;

/// What one case said.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CaseOutcome {
    /// Its name.
    pub name: String,
    /// How it was not as it says; empty where it was.
    pub differs: Vec<String>,
}

/// Why cases could not be run.
#[derive(Debug, thiserror::Error)]
pub enum CasesError {
    /// The file cannot be read.
    #[error("cannot read cases from {}: {error}", path.display())]
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
    /// A case's settings do not fit the plugin, or it is of another kind.
    #[error("case {name:?}: {error}")]
    Use {
        /// The case.
        name: String,
        /// Why.
        #[source]
        error: UseError,
    },
    /// A fault of this machine's.
    #[error("case {name:?}: {error}")]
    Host {
        /// The case.
        name: String,
        /// What happened.
        #[source]
        error: falcon_host::CallError,
    },
}

/// Runs the cases of a file with a judge or a memory policy. Language packs have cases of their own:
/// `falcon_grading::conform`.
///
/// # Errors
/// Where the file cannot be used, a case does not fit the plugin, or this machine fails.
pub fn run_cases(plugin: &Plugin, path: &Path) -> Result<Vec<CaseOutcome>, CasesError> {
    match plugin.kind() {
        Kind::Memory => all::<memory::Case>(plugin, path),
        // A language pack is told that it is no judge.
        Kind::Judge | Kind::Language => all::<judge::Case>(plugin, path),
    }
}

/// A case of one kind of plugin.
trait Case: serde::de::DeserializeOwned {
    fn name(&self) -> &str;

    /// Whether it says anything that must come out.
    fn expects(&self) -> bool;

    /// How the plugin's answer is not what the case says.
    fn differences(&self, plugin: &Plugin) -> Result<Vec<String>, Trouble>;
}

/// Why a case has no answer, where that is not the answer.
enum Trouble {
    Use(UseError),
    Host(falcon_host::CallError),
}

fn all<T: Case>(plugin: &Plugin, path: &Path) -> Result<Vec<CaseOutcome>, CasesError> {
    let cases: Vec<T> = file::read(path)?;
    let outcome = |case: &T| {
        let name = case.name().to_owned();
        match case.differences(plugin) {
            Ok(differs) => Ok(CaseOutcome { name, differs }),
            Err(Trouble::Use(error)) => Err(CasesError::Use { name, error }),
            Err(Trouble::Host(error)) => Err(CasesError::Host { name, error }),
        }
    };
    cases.iter().map(outcome).collect()
}

/// A failed call: what is this machine's is trouble, what is the plugin's is an answer.
fn failed(error: falcon_host::CallError) -> Result<String, Trouble> {
    if error.failure.is_plugins() {
        Ok(error.to_string())
    } else {
        Err(Trouble::Host(error))
    }
}

/// What a case says of a call that fails; nothing where it fails as it should.
fn of_failure(expected: Option<&str>, told: &str) -> Vec<String> {
    match expected {
        Some(part) if told.contains(part) => Vec::new(),
        Some(part) => vec![format!("it fails and does not say {part:?}: {told}")],
        None => vec![told.to_owned()],
    }
}

/// Whether two numbers are equal as far as the case wants it.
fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance
}

/// How far a number may be off where the case does not say.
fn tolerance() -> f64 {
    1e-9
}
