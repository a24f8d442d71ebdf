//! Short-term memory: a failed attempt as the memory policy sees it, with what a prompt would show of it.

use falcon_episode::{
    Episode,
    memory::{Attempt, Outcome},
};
use falcon_tasks::TokenId;

use crate::task::{Feedback, Task};

/// A failed attempt: what a prompt would show of it, and what the memory policy sees.
pub(crate) type Failure = (Feedback, Attempt);

/// The failure of a program on a task's feedback tests; none where it passed, and where the fault was ours. `number` is 1 for
/// a first attempt.
pub(crate) fn failure(
    task: &Task,
    body: &[TokenId],
    episode: &Episode,
    number: u32,
) -> Option<Failure> {
    let shown = task.feedback_from(body, episode)?;
    let tokens = task.prompt_with(None, Some(&shown)).len() - task.prompt().len();
    let attempt = Attempt {
        program: task.program_text(body),
        score: episode.pass_ratio(),
        number,
        outcome: Outcome::of(episode),
        tokens: u32::try_from(tokens).unwrap_or(u32::MAX),
    };
    Some((shown, attempt))
}
