use std::path::PathBuf;

/// Why an experiment cannot be planned, run or reported.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// The file of the experiment is wrong.
    #[error("{}:{line}: {}{message}", origin.display(), of_arm(arm))]
    File {
        /// The file, or a name for it.
        origin: PathBuf,
        /// From 1.
        line: usize,
        /// The arm it is about; empty for none.
        arm: String,
        /// What is wrong and what would be right.
        message: String,
    },
    /// What was run is not what the file asks for now.
    #[error("{place}: {what}")]
    Changed {
        /// The arm and seed, or the contrast.
        place: String,
        /// What differs, from what to what.
        what: String,
    },
    /// A run was measured on other tasks than the plan froze.
    #[error("arm {arm}, seed {seed}: the test set {split} is {found}, and the plan froze {wanted}")]
    TestSet {
        /// The arm.
        arm: String,
        /// The seed.
        seed: u64,
        /// The split.
        split: String,
        /// What the run was measured on.
        found: String,
        /// What the plan says.
        wanted: String,
    },
    /// A file of the experiment's folder cannot be read or written.
    #[error("{}: {doing}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the experiment's folder does not hold what it should.
    #[error("{}: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

fn of_arm(arm: &str) -> String {
    if arm.is_empty() {
        String::new()
    } else {
        format!("arm {arm}: ")
    }
}

impl ExperimentError {
    pub(crate) fn io(
        path: &std::path::Path,
        doing: &'static str,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            path,
            doing,
            source,
        }
    }

    pub(crate) fn damaged(path: &std::path::Path, what: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            what: what.into(),
        }
    }
}
