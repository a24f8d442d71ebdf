//! Episodes to judge.

use std::ops::Deref;

use falcon_episode::{Diagnostic, Episode, Severity, TestOutcome, Verdict};
use falcon_host::JudgeInput;

/// An episode that is built up by what a test cares about. It is an [`Episode`] wherever one is read.
#[derive(Clone, Debug)]
pub struct EpisodeBuilder(Episode);

/// An episode of this program, which passed without a test.
#[must_use]
pub fn episode(program: impl Into<String>) -> EpisodeBuilder {
    EpisodeBuilder(Episode {
        task_id: "task".to_owned(),
        language: "python".to_owned(),
        ..Episode::new(program, Verdict::Passed)
    })
}

/// What a judge is given of an episode without a reference.
#[must_use]
pub fn judge_input(episode: &Episode) -> JudgeInput<'_> {
    JudgeInput {
        episode,
        reference: None,
    }
}

impl EpisodeBuilder {
    /// With this verdict over all.
    #[must_use]
    pub fn verdict(mut self, verdict: Verdict) -> Self {
        self.0.verdict = verdict;
        self
    }

    /// With one test of each verdict, named by number from 1.
    #[must_use]
    pub fn tests(mut self, verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let test = |(number, verdict)| TestOutcome {
            name: format!("{number}"),
            verdict,
            message: String::new(),
            at: None,
            got: None,
        };
        self.0.tests = (1..).zip(verdicts).map(test).collect();
        self
    }

    /// With one more error that the checker found.
    #[must_use]
    pub fn error(mut self, class: &str, message: &str, line: u32) -> Self {
        self.0.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            class: class.to_owned(),
            message: message.to_owned(),
            line,
            column: 1,
        });
        self
    }

    /// With this prompt.
    #[must_use]
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.0.prompt = prompt.into();
        self
    }
}

impl Deref for EpisodeBuilder {
    type Target = Episode;

    fn deref(&self) -> &Episode {
        &self.0
    }
}
