use std::collections::HashMap;

use falcon_episode::{Episode, Grader, Verdict};
use falcon_tasks::{Task, TokenId, Which};

use crate::TrainError;

/// A program to grade.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) task: &'a Task,
    pub(crate) body: &'a [TokenId],
    /// Whether the program was ended by its end token; one that was cut short is not run.
    pub(crate) finished: bool,
    pub(crate) number: u32,
}

/// Grades programs, each distinct one of a task once. None stands for a program that was cut
/// short: it is no program, so it is not run.
///
/// # Errors
/// Where the grader could not work at all.
pub(crate) fn grade(
    grader: &dyn Grader,
    attempts: &[Attempt<'_>],
    tests: Which,
) -> Result<Vec<Option<Episode>>, TrainError> {
    let mut places: HashMap<(&str, &[TokenId], u32), usize> = HashMap::new();
    let mut batch = Vec::new();
    let index: Vec<Option<usize>> = attempts
        .iter()
        .map(|attempt| {
            attempt.finished.then(|| {
                let key = (attempt.task.id.as_str(), attempt.body, attempt.number);
                *places.entry(key).or_insert_with(|| {
                    batch.push(attempt.task.submission(attempt.body, tests, attempt.number));
                    batch.len() - 1
                })
            })
        })
        .collect();
    let episodes = if batch.is_empty() {
        Vec::new()
    } else {
        grader
            .grade(&batch)
            .map_err(TrainError::infrastructure("grading programs"))?
    };
    if episodes.len() != batch.len() {
        return Err(TrainError::Infrastructure {
            doing: "grading programs",
            source: falcon_episode::Infrastructure::new(format!(
                "{} programs went in and {} episodes came out",
                batch.len(),
                episodes.len()
            )),
        });
    }
    Ok(index
        .into_iter()
        .map(|place| place.map(|place| episodes[place].clone()))
        .collect())
}

/// What a program is worth to learning: the grader's reward; −1 for one that was cut short, as for
/// one that does not compile; none where the fault was ours.
pub(crate) fn reward(episode: Option<&Episode>) -> Option<f64> {
    match episode {
        None => Some(-1.0),
        Some(episode) if episode.verdict == Verdict::Infrastructure => None,
        Some(episode) => episode.reward,
    }
}

/// Whether every test held.
pub(crate) fn passed(episode: Option<&Episode>) -> bool {
    episode.is_some_and(Episode::passed)
}
