//! What a program is graded by.

/// One of CODAL-Bench's preferences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preference {
    InstructionFollowing,
    Explanation,
    Complexity,
    Readability,
    Style,
}

impl Preference {
    pub(crate) const ALL: [Self; 5] = [
        Self::InstructionFollowing,
        Self::Explanation,
        Self::Complexity,
        Self::Readability,
        Self::Style,
    ];

    /// As in settings, parts and answers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InstructionFollowing => "instruction-following",
            Self::Explanation => "explanation",
            Self::Complexity => "complexity",
            Self::Readability => "readability",
            Self::Style => "style",
        }
    }

    /// What the model looks for.
    pub(crate) fn asks(self) -> &'static str {
        match self {
            Self::InstructionFollowing => {
                "it does what the task says: all of it, nothing else, with the names and forms it asks for"
            }
            Self::Explanation => {
                "names, comments and documentation tell a reader what it does and why, without saying the obvious"
            }
            Self::Complexity => {
                "its time and memory grow as slowly as the task allows, and nothing is computed in vain"
            }
            Self::Readability => {
                "a reader follows it at once: short, plain, well ordered, no tricks"
            }
            Self::Style => {
                "it keeps the conventions of its language, and uses what the language offers as it is meant"
            }
        }
    }
}
