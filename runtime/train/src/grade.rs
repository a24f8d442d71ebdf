use std::collections::HashMap;

use falcon_episode::{Episode, Grader, Infrastructure, MemoryItem};
use falcon_tasks::{TokenId, Which};

use crate::{TrainError, task::Task};

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
/// short: it is no program, so it is not run. An episode may be a fault of ours, which says nothing
/// of its program.
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
                let key = (attempt.task.id(), attempt.body, attempt.number);
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
            source: Infrastructure::new(format!(
                "{} programs went in and {} episodes came out",
                batch.len(),
                episodes.len()
            )),
        });
    }
    Ok(attempts
        .iter()
        .zip(index)
        .map(|(attempt, place)| {
            place.map(|place| attempt.task.seen(episodes[place].clone(), tests))
        })
        .collect())
}

/// Grades programs for a measurement or for memory, where a fault of ours would pass for a failed program.
///
/// # Errors
/// As [`grade`], and where any program met a fault.
pub(crate) fn grade_without_fault(
    grader: &dyn Grader,
    attempts: &[Attempt<'_>],
    tests: Which,
) -> Result<Vec<Option<Episode>>, TrainError> {
    let episodes = grade(grader, attempts, tests)?;
    no_fault(episodes.iter().flatten())?;
    Ok(episodes)
}

/// # Errors
/// Where one of these episodes is a fault of ours. The grader has tried such a program again already.
pub(crate) fn no_fault<'a>(episodes: impl Iterator<Item = &'a Episode>) -> Result<(), TrainError> {
    let (mut all, mut faults) = (0, Vec::new());
    for episode in episodes {
        all += 1;
        if episode.is_fault() {
            faults.push(episode);
        }
    }
    let Some(first) = faults.first() else {
        return Ok(());
    };
    Err(TrainError::Infrastructure {
        doing: "grading programs",
        source: Infrastructure::new(format!(
            "{} of {all} programs could not be graded, and they must not count as failed; {}. Try again: a run goes on from its checkpoint",
            faults.len(),
            first_fault(first)
        )),
    })
}

/// Says what befell the first program that met a fault.
pub(crate) fn first_fault(episode: &Episode) -> String {
    let message = episode.first_failure().map_or("", |test| &test.message);
    format!("the first is of task {}: {message}", episode.task_id)
}

/// A verified program as long-term memory keeps it, with every score of its episode; `feedback` is
/// what executing a failed attempt before it said, empty where there was none.
pub(crate) fn verified_item(
    task: &Task,
    body: &[TokenId],
    episode: &Episode,
    feedback: &str,
) -> MemoryItem {
    MemoryItem {
        scores: episode.scores_by_name(),
        ..task.memory_item(body, feedback, episode.pass_ratio())
    }
}

/// What a program is worth to learning: the grader's reward; −1 for one that was cut short, as for
/// one that does not compile; none where the fault was ours.
pub(crate) fn reward(episode: Option<&Episode>) -> Option<f64> {
    match episode {
        None => Some(-1.0),
        Some(episode) if episode.is_fault() => None,
        Some(episode) => episode.reward,
    }
}

/// Whether every test held.
pub(crate) fn passed(episode: Option<&Episode>) -> bool {
    episode.is_some_and(Episode::passed)
}
