use std::path::{Path, PathBuf};

use falcon_episode::Infrastructure;

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The configuration is wrong.
    #[error("{}:{line}: {message}", origin.display())]
    Config {
        /// The file, or a name for it.
        origin: PathBuf,
        /// 1-based line; 0 where it is not known.
        line: usize,
        /// What is wrong and what would be right.
        message: String,
    },
    /// A call that cannot be answered as it was made.
    #[error("{0}")]
    Input(String),
    /// A file of tasks is not what its format wants.
    #[error(transparent)]
    Tasks(#[from] falcon_tasks::formats::FormatError),
    /// A file could not be read or written.
    #[error("{}: {doing}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// The system's own error.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{}: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Grading or memory could not be done.
    #[error("{doing}: {source}")]
    Infrastructure {
        /// What was being done.
        doing: &'static str,
        /// The part's own error.
        source: Infrastructure,
    },
    /// The numbers left the range of numbers.
    #[error(
        "{phase} diverged at step {step}: {what}; the last good checkpoint is in {}. Resuming would diverge again: begin anew with a lower learning_rate, the usual cure",
        checkpoint.display()
    )]
    Diverged {
        /// The phase.
        phase: &'static str,
        /// The step, from 1.
        step: usize,
        /// What was not finite.
        what: String,
        /// The checkpoint folder.
        checkpoint: PathBuf,
    },
}

impl TrainError {
    /// The process exit code that says this: 2 for input, 3 for infrastructure.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config { .. } | Self::Input(_) | Self::Tasks(_) | Self::Damaged { .. } => 2,
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => 2,
            Self::Io { .. } | Self::Infrastructure { .. } | Self::Diverged { .. } => 3,
        }
    }

    pub(crate) fn io(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            path,
            doing,
            source,
        }
    }

    pub(crate) fn infrastructure(doing: &'static str) -> impl FnOnce(Infrastructure) -> Self {
        move |source| Self::Infrastructure { doing, source }
    }

    pub(crate) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            what: what.into(),
        }
    }
}
