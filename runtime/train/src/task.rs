//! Tasks as training and evaluation see them: PyMini's own, and those of a file.

mod file;
mod told;

use std::sync::Arc;

use falcon_episode::{Episode, HeldOut, MemoryItem, MemoryQuery, Submission};
use falcon_tasks::{Program, TaskFamily, TokenId, Which, vocabulary};

pub(crate) use file::{FileTask, Use, prompt};

use crate::TaskKind;

/// A task. A copy is cheap.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    /// Of PyMini's family.
    Pymini(Arc<falcon_tasks::Task>),
    /// Of a file.
    File(Arc<FileTask>),
}

/// What executing an earlier attempt said: shown before the next one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Feedback {
    /// On a task of PyMini's.
    Pymini(falcon_tasks::Feedback),
    /// On a task of a file: the attempt, and what was said, as text.
    File {
        own: Vec<TokenId>,
        said: Vec<TokenId>,
    },
}

impl From<falcon_tasks::Task> for Task {
    fn from(task: falcon_tasks::Task) -> Self {
        Self::Pymini(Arc::new(task))
    }
}

impl From<FileTask> for Task {
    fn from(task: FileTask) -> Self {
        Self::File(Arc::new(task))
    }
}

impl Task {
    /// Unique in a run.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Pymini(task) => &task.id,
            Self::File(task) => &task.task.id,
        }
    }

    /// What the bootstrap draws it with: its project's tasks, or itself alone.
    pub(crate) fn cluster(&self) -> String {
        match self {
            Self::Pymini(task) if !task.project.is_empty() => task.project.clone(),
            _ => self.id().to_owned(),
        }
    }

    /// What kind it is, for reports.
    pub(crate) fn kind(&self) -> TaskKind {
        match self {
            Self::Pymini(task) => TaskKind {
                family: task.family.name().to_owned(),
                depth: task.depth,
            },
            Self::File(task) => TaskKind {
                family: task.task.split.clone(),
                depth: 0,
            },
        }
    }

    /// Whether long-term memory is asked for it: of PyMini's only where a private word needs it.
    pub(crate) fn asks_memory(&self) -> bool {
        match self {
            Self::Pymini(task) => task.family == TaskFamily::Alias,
            Self::File(_) => true,
        }
    }

    /// Whether a failed attempt is tried again: of PyMini's only where its tests tell what the words leave open.
    pub(crate) fn is_tried_again(&self) -> bool {
        match self {
            Self::Pymini(task) => {
                matches!(task.family, TaskFamily::Binary | TaskFamily::EightWay)
            }
            Self::File(_) => true,
        }
    }

    /// Whether an exemplar's words disclose its private word; none where it has none.
    pub(crate) fn is_told_by(&self, words: &[TokenId]) -> Option<bool> {
        match self {
            Self::Pymini(task) => task.alias.map(|word| words.contains(&word)),
            Self::File(_) => None,
        }
    }

    /// The prompt with nothing beside the task.
    pub(crate) fn prompt(&self) -> Vec<TokenId> {
        self.prompt_with(None, None)
    }

    /// The prompt with a solved task before it, as words and program, and feedback on an own attempt after it. What stands
    /// before the feedback is the same with and without.
    pub(crate) fn prompt_with(
        &self,
        exemplar: Option<(&[TokenId], &[TokenId])>,
        feedback: Option<&Feedback>,
    ) -> Vec<TokenId> {
        match (self, feedback) {
            (Self::Pymini(task), Some(Feedback::Pymini(feedback))) => {
                task.prompt_with(exemplar, Some(feedback))
            }
            (Self::Pymini(task), _) => task.prompt_with(exemplar, None),
            (Self::File(task), Some(Feedback::File { own, said })) => {
                task.prompt_with(exemplar, Some((&own[..], &said[..])))
            }
            (Self::File(task), _) => task.prompt_with(exemplar, None),
        }
    }

    /// Feedback on a body from its episode over the feedback tests. Nothing where all held, where the fault was ours, and
    /// where a prompt has no room for it.
    pub(crate) fn feedback_from(&self, body: &[TokenId], episode: &Episode) -> Option<Feedback> {
        match self {
            Self::Pymini(task) => task.feedback_from(body, episode).map(Feedback::Pymini),
            Self::File(task) => task.feedback_from(body, episode),
        }
    }

    /// The whole program of a body, with the place of each token in it.
    pub(crate) fn program(&self, body: &[TokenId]) -> Program {
        match self {
            Self::Pymini(task) => task.program(body),
            Self::File(task) => task.program(body),
        }
    }

    /// Its text.
    pub(crate) fn program_text(&self, body: &[TokenId]) -> String {
        match self {
            Self::Pymini(task) => task.program_text(body),
            Self::File(task) => task.program_text(body),
        }
    }

    /// A whole program that is known to be right; none where none may be shown.
    pub(crate) fn reference(&self) -> Option<String> {
        match self {
            Self::Pymini(task) => task.gold.first().map(|body| task.program_text(body)),
            Self::File(task) => {
                let canonical = task.task.canonical.as_deref();
                canonical.map(|body| task.task.program(body))
            }
        }
    }

    /// A body that is known to be right; none where none may be shown.
    pub(crate) fn solution(&self) -> Option<Vec<TokenId>> {
        match self {
            Self::Pymini(task) => task.gold.first().cloned(),
            Self::File(task) => task.solution(),
        }
    }

    /// A body on its way to the grader. `attempt` is 1 for the first on this task.
    pub(crate) fn submission(&self, body: &[TokenId], tests: Which, attempt: u32) -> Submission {
        match self {
            Self::Pymini(task) => task.submission(body, tests, attempt),
            Self::File(task) => task.submission(body, tests, attempt),
        }
    }

    /// What these tests say, of an episode over what [`submission`](Self::submission) made for them.
    pub(crate) fn seen(&self, episode: Episode, tests: Which) -> Episode {
        match self {
            Self::Pymini(_) => episode,
            Self::File(task) => task.told().seen(episode, tests),
        }
    }

    /// A body on its way to long-term memory.
    pub(crate) fn memory_item(&self, body: &[TokenId], feedback: &str, score: f64) -> MemoryItem {
        match self {
            Self::Pymini(task) => task.memory_item(body, feedback, score),
            Self::File(task) => task.memory_item(body, feedback, score),
        }
    }

    /// The question to long-term memory for this task.
    pub(crate) fn memory_query(&self, limit: usize) -> MemoryQuery {
        match self {
            Self::Pymini(task) => task.memory_query(limit),
            Self::File(task) => task.memory_query(limit),
        }
    }

    /// What tells the task, so that memory never holds anything of it.
    pub(crate) fn held_out(&self) -> HeldOut {
        match self {
            Self::Pymini(task) => task.held_out(),
            Self::File(task) => task.task.held_out(),
        }
    }

    /// All that makes it a test, as one text: for the digest of a test set.
    pub(crate) fn content(&self) -> String {
        match self {
            Self::Pymini(task) => {
                let tests = (&task.examples, &task.feedback_tests, &task.scoring_tests);
                format!("{} {:?} {tests:?}", task.id, task.spec)
            }
            Self::File(task) => task.content(),
        }
    }

    /// Tokens as people read them.
    pub(crate) fn text(&self, tokens: &[TokenId]) -> String {
        match self {
            Self::Pymini(_) => vocabulary().decode(tokens),
            Self::File(_) => falcon_tasks::bytes::shown(tokens),
        }
    }
}

impl Feedback {
    /// The same words, on another attempt: what a test of another task said.
    pub(crate) fn on_the_attempt_of(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Pymini(said), Self::Pymini(other)) => Self::Pymini(falcon_tasks::Feedback {
                own: other.own.clone(),
                ..said
            }),
            (Self::File { said, .. }, Self::File { own, .. }) => Self::File {
                own: own.clone(),
                said,
            },
            (said, _) => said,
        }
    }
}
