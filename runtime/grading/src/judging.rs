//! What scores an episode: a judge plugin, or a fake of one in tests.

use falcon_episode::{Digest, Episode, JudgeScore, Uses};
use falcon_host::JudgeInput;

/// A judge with its settings.
pub trait Judging: Send + Sync {
    /// The plugin's name, `owner/name`.
    fn name(&self) -> &str;

    /// The plugin's digest.
    fn digest(&self) -> Digest;

    /// Scores an episode whose execution is done. A judge that has nothing to say abstains with
    /// `score: None`.
    ///
    /// # Errors
    /// Where the judge itself fails; the episode then has no reward, and the error stands in the judge's notes.
    fn judge(&self, episode: &Episode, reference: Option<&str>)
    -> Result<JudgeScore, JudgingError>;
}

/// A judge's failure, in its own words with its name and version.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct JudgingError {
    /// What happened, for people.
    pub words: String,
    /// The services that it had used by then.
    pub uses: Box<Uses>,
}

impl JudgingError {
    /// The failure of a judge that used no service.
    pub fn new(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            uses: Box::default(),
        }
    }
}

impl Judging for falcon_host::Judge {
    fn name(&self) -> &str {
        self.id().name.as_str()
    }

    fn digest(&self) -> Digest {
        self.id().digest
    }

    fn judge(
        &self,
        episode: &Episode,
        reference: Option<&str>,
    ) -> Result<JudgeScore, JudgingError> {
        Self::judge(self, JudgeInput { episode, reference }).map_err(|error| JudgingError {
            words: error.to_string(),
            uses: error.uses,
        })
    }
}
