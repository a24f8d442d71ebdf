//! What a rule found.

use python_source::{Ranged, TextRange};

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The rule's code.
    pub(crate) rule: &'static str,
    /// The text that it is about.
    pub(crate) range: TextRange,
    /// For people, without the code.
    pub(crate) message: String,
}

/// What was found so far, up to a bound: a hostile program may break a rule in every byte.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

/// Most findings of one program. Long before that its score is 0.
const MAX_FINDINGS: usize = 1000;

impl Findings {
    /// Adds one, while there is room.
    pub(crate) fn add(&mut self, rule: &'static str, at: &impl Ranged, message: impl Into<String>) {
        if self.0.len() < MAX_FINDINGS {
            self.0.push(Finding {
                rule,
                range: at.range(),
                message: message.into(),
            });
        }
    }

    /// All of them in the order of the text.
    pub(crate) fn sorted(mut self) -> Vec<Finding> {
        self.0
            .sort_by_key(|one| (one.range.start(), one.rule, one.range.end()));
        self.0
    }
}
