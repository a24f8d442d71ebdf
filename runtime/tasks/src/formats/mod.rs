//! Loaders of benchmark files: HumanEval, MBPP and FALCON's own JSON lines.
//!
//! Each gives [`Task`]s, which turn a completion into a [`Submission`]. What is wrong with a file is
//! an error that names the file and the line.

mod falcon;
mod humaneval;
mod mbpp;
mod plain;
mod read;

use std::{fmt, path::Path, str::FromStr};

use falcon_episode::{Submission, Tests};

pub use plain::{PlainError, from_json, to_json};
pub use read::FormatError;

/// The formats there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `HumanEval.jsonl`, plain or gzipped: a program is the prompt and the completion.
    HumanEval,
    /// `mbpp.jsonl`: a program is the completion.
    Mbpp,
    /// FALCON's own, described in `docs/formats.md`.
    Falcon,
}

/// One task of a file.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its id in the file.
    pub id: String,
    /// The language pack's name.
    pub language: String,
    /// What a model is shown.
    pub prompt: String,
    /// What stands before every completion; empty for none.
    pub prefix: String,
    /// The completion that the file gives as right, where it does.
    pub canonical: Option<String>,
    /// Its tests.
    pub tests: Tests,
}

/// A format that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a format; there are: {names}", names = Format::NAMES.join(", "))]
pub struct UnknownFormat(String);

impl Format {
    /// The names users write.
    pub const NAMES: [&'static str; 3] = ["humaneval", "mbpp", "falcon"];
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "humaneval" => Ok(Self::HumanEval),
            "mbpp" => Ok(Self::Mbpp),
            "falcon" => Ok(Self::Falcon),
            other => Err(UnknownFormat(other.to_owned())),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HumanEval => Self::NAMES[0],
            Self::Mbpp => Self::NAMES[1],
            Self::Falcon => Self::NAMES[2],
        })
    }
}

/// Reads a file of tasks, gzipped or not.
///
/// # Errors
/// A file that cannot be read, a line that is not a task of the format, an id that comes twice, or
/// a file without tasks.
pub fn load(path: &Path, format: Format) -> Result<Vec<Task>, FormatError> {
    let parse = match format {
        Format::HumanEval => humaneval::task,
        Format::Mbpp => mbpp::task,
        Format::Falcon => falcon::task,
    };
    read::tasks(path, parse)
}

impl Task {
    /// The program that a completion makes.
    #[must_use]
    pub fn program(&self, completion: &str) -> String {
        format!("{}{completion}", self.prefix)
    }

    /// What is graded when a model answers with this completion.
    #[must_use]
    pub fn submission(&self, completion: &str) -> Submission {
        Submission {
            task_id: self.id.clone(),
            language: self.language.clone(),
            prompt: self.prompt.clone(),
            program: self.program(completion),
            reference: self.canonical.as_deref().map(|canonical| self.program(canonical)),
            attempt: 1,
            tests: self.tests.clone(),
        }
    }
}
