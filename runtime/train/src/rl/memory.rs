//! Both memories in training: what a prompt shows, and what memory learns from the answers.

use std::collections::BTreeMap;

use falcon_episode::Episode;
use falcon_tasks::{Task, TaskFamily};
use rand::Rng;

use super::group::{Group, Prompt};
use crate::{
    RlConfig, TrainError, grade::verified_item, material::exemplar_tokens, random, run::Run,
    state::Retry,
};

/// Puts the pool projects' earlier solved tasks into memory, each verified by running it.
pub(super) fn fill(run: &mut Run<'_>) -> Result<(), TrainError> {
    if run.at.state.train_filled || !run.at.config.memory.long_term {
        return Ok(());
    }
    crate::evaluate::admit_solved(run, &run.material.pool_bank, &*run.memory)?;
    run.at.state.train_filled = true;
    run.save()
}

/// The prompts of second attempts that wait from the step before.
pub(super) fn take_retries(run: &mut Run<'_>, config: &RlConfig) -> Vec<Prompt> {
    let waiting = std::mem::take(&mut run.at.state.retries);
    waiting
        .into_iter()
        .take(config.retries)
        .map(|retry| Prompt {
            task: retry.task,
            tokens: retry.prompt,
            attempt: 2,
            feedback: retry.feedback,
            exemplar: None,
        })
        .collect()
}

/// First attempts; those on private words see what memory holds, but for the share that drops out.
pub(super) fn first_attempts(
    run: &mut Run<'_>,
    tasks: Vec<usize>,
    round: u64,
) -> Result<Vec<Prompt>, TrainError> {
    let (config, pool) = (&run.at.config.memory, &run.material.pool);
    let place = run.at.state.step as u64 * 2 + round;
    let mut rng = random::stream(run.at.state.seed, "memory dropout", place);
    let asking: Vec<usize> = tasks
        .iter()
        .copied()
        .filter(|task| pool[*task].family == TaskFamily::Alias)
        .filter(|_| rng.random::<f64>() >= config.dropout && config.long_term)
        .collect();
    let queries: Vec<_> = asking
        .iter()
        .map(|task| pool[*task].memory_query(1))
        .collect();
    let mut answers = BTreeMap::new();
    if !queries.is_empty() {
        let found = run.memory.retrieve(&queries);
        let found = found.map_err(TrainError::infrastructure("asking long-term memory"))?;
        answers.extend(asking.iter().zip(found).filter_map(|(task, mut found)| {
            (!found.is_empty()).then(|| (*task, found.swap_remove(0)))
        }));
        run.at.state.retrievals += queries.len() as u64;
    }
    Ok(tasks
        .into_iter()
        .map(|task| {
            let shown = answers
                .get(&task)
                .and_then(|item| Some((item, exemplar_tokens(item)?)));
            let pair = shown
                .as_ref()
                .map(|(_, (spec, body))| (&spec[..], &body[..]));
            let tokens = pool[task].prompt_with(pair, None);
            let exemplar = shown.map(|(item, _)| item.id.clone());
            Prompt {
                task,
                tokens,
                attempt: 1,
                feedback: String::new(),
                exemplar,
            }
        })
        .collect())
}

/// Short-term memory: one failed program of each ambiguous group waits, with what its tests said,
/// for a second attempt in the next step.
pub(super) fn keep_retries(run: &mut Run<'_>, groups: &[Group], config: &RlConfig) {
    if !run.at.config.memory.short_term {
        return;
    }
    let pool = &run.material.pool;
    let ambiguous = |task: &Task| matches!(task.family, TaskFamily::Binary | TaskFamily::EightWay);
    run.at.state.retries = groups
        .iter()
        .filter(|group| group.prompt.attempt == 1 && ambiguous(&pool[group.prompt.task]))
        .filter_map(|group| {
            let task = &pool[group.prompt.task];
            let mut attempts = group.programs.iter().zip(&group.episodes);
            let (shown, said) = attempts.find_map(|(program, episode)| {
                let episode = episode.as_ref()?;
                let shown = task.feedback_from(program.body(), episode)?;
                Some((shown, episode.feedback()))
            })?;
            Some(Retry {
                task: group.prompt.task,
                prompt: task.prompt_with(None, Some(&shown)),
                feedback: said,
            })
        })
        .take(config.retries)
        .collect();
}

/// What executing a failed attempt said before the group's pass: the attempt that the prompt shows,
/// else the group's first, since the programs of a group are written at the same time.
fn feedback(group: &Group) -> String {
    if !group.prompt.feedback.is_empty() {
        return group.prompt.feedback.clone();
    }
    let mut said = group.episodes.iter().flatten().map(Episode::feedback);
    said.find(|said| !said.is_empty()).unwrap_or_default()
}

/// Long-term memory: verified programs are offered, and items that were shown learn how it went.
pub(super) fn tell(run: &mut Run<'_>, groups: &[Group]) -> Result<(), TrainError> {
    if !run.at.config.memory.long_term {
        return Ok(());
    }
    let pool = &run.material.pool;
    let mut items = Vec::new();
    for group in groups {
        let task = &pool[group.prompt.task];
        let solved = group
            .programs
            .iter()
            .zip(&group.episodes)
            .filter_map(|(program, episode)| {
                episode
                    .as_ref()
                    .filter(|episode| episode.passed())
                    .map(|e| (program.body(), e))
            });
        // The shortest one discloses most for its length.
        let Some((body, episode)) = solved.min_by_key(|(body, _)| body.len()) else {
            continue;
        };
        items.push(verified_item(task, body, episode, &feedback(group)));
    }
    items.truncate(run.at.config.memory.admitted);
    let memory = &run.memory;
    if !items.is_empty() {
        let admitted = memory.admit(&items);
        admitted.map_err(TrainError::infrastructure(
            "offering programs to long-term memory",
        ))?;
    }
    let alias = |group: &&Group| pool[group.prompt.task].family == TaskFamily::Alias;
    let plain: Vec<f64> = groups
        .iter()
        .filter(alias)
        .filter(|group| group.prompt.exemplar.is_none())
        .filter_map(Group::mean)
        .collect();
    if !plain.is_empty() {
        let mean = plain.iter().sum::<f64>() / plain.len() as f64;
        run.at.state.plain_alias_reward = Some(mean);
    }
    let Some(without) = run.at.state.plain_alias_reward else {
        return Ok(());
    };
    let used: Vec<(String, f64, f64)> = groups
        .iter()
        .filter_map(|group| Some((group.prompt.exemplar.clone()?, group.mean()?, without)))
        .collect();
    if used.is_empty() {
        return Ok(());
    }
    memory
        .feedback(&used)
        .map_err(TrainError::infrastructure("updating memory's utilities"))
}
