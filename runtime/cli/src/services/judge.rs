//! A judge plugin behind the grader's seam.

use falcon_episode::{Digest, Episode, JudgeScore};
use falcon_grading::{JudgeEntry, Judging, JudgingError};
use falcon_host::{Judge, JudgeInput};
use falcon_package::Kind;

use super::load;
use crate::{command::Context, failure::Failure};

/// The judge that a reward names, with the settings it gives.
pub(super) fn load(context: &Context, entry: &JudgeEntry) -> Result<Box<dyn Judging>, Failure> {
    let plugin = load::plugin(context, &entry.plugin, Kind::Judge)?;
    let judge = plugin.judge(&entry.config).map_err(Failure::usage)?;
    Ok(Box::new(Plugged(judge)))
}

struct Plugged(Judge);

impl Judging for Plugged {
    fn name(&self) -> &str {
        self.0.id().name.as_str()
    }

    fn digest(&self) -> Digest {
        self.0.id().digest
    }

    fn judge(
        &self,
        episode: &Episode,
        reference: Option<&str>,
    ) -> Result<JudgeScore, JudgingError> {
        let input = JudgeInput { episode, reference };
        self.0
            .judge(input)
            .map_err(|error| JudgingError(error.to_string()))
    }
}
