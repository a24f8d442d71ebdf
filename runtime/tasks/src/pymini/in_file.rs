//! PyMini's tasks as those of a file, so that what learns from files can be shown on tasks that are known.

use falcon_episode::{Call, Files, Tests};

use super::{
    render::program_text,
    task::{LANGUAGE, Task},
};
use crate::formats::{self, Answer};

/// What stands before every body.
const PREFIX: &str = "def f(x):\n";

impl Task {
    /// The task as one of a file: its words and examples as text, bodies as completions, the feedback tests as its tests and
    /// the scoring tests as those that decide. It has a reference where its programs may be shown.
    #[must_use]
    pub fn in_file(&self) -> formats::Task {
        let calls = |calls: &[Call]| Tests::Calls {
            function: "f".to_owned(),
            calls: calls.to_vec(),
        };
        let body = self.gold.first().map(|body| program_text(body));
        let body = body.and_then(|text| Some(text.strip_prefix(PREFIX)?.to_owned()));
        formats::Task {
            id: self.id.clone(),
            line: 0,
            split: self.split.name().to_owned(),
            language: LANGUAGE.to_owned(),
            prompt: self.text_with_examples(),
            prefix: PREFIX.to_owned(),
            canonical: body,
            cheapest_fuel: None,
            tests: calls(&self.feedback_tests),
            scoring: Some(calls(&self.scoring_tests)),
            files: Files::default(),
            answer: Answer::Continues,
        }
    }
}
