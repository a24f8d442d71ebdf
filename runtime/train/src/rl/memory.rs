//! Both memories in training: what a prompt shows, and what memory learns from the answers.

use std::collections::BTreeMap;

use falcon_episode::{Episode, MemoryAsk, MemoryContext, MemoryItem};
use falcon_tasks::Solved;
use rand::Rng;

use super::{
    group::{Group, Prompt},
    sampling::Source,
};
use crate::{
    ExemplarSource, RlConfig, TrainError,
    grade::verified_item,
    random,
    run::Run,
    short_term::{Failure, failure},
    state::Retry,
    task::Task,
};

/// Puts the pool projects' earlier solved tasks into memory, each verified by running it.
pub(super) fn fill(run: &mut Run<'_>) -> Result<(), TrainError> {
    if run.at.state.train_filled || !run.at.config.memory.long_term {
        return Ok(());
    }
    let grader = run.services.grader;
    crate::evaluate::admit_solved(grader, &run.material.pool_bank, &*run.memory)?;
    run.at.state.train_filled = true;
    run.save()
}

/// The prompts of second attempts that wait from the batch before. They wait until those of the batch that they
/// become part of take their place, so that it can be drawn again.
pub(super) fn retries(run: &Run<'_>, config: &RlConfig) -> Vec<Prompt> {
    let waiting = run.at.state.retries.iter().take(config.retries);
    waiting
        .map(|retry| Prompt {
            task: retry.task,
            tokens: retry.prompt.clone(),
            attempt: 2,
            feedback: retry.feedback.clone(),
            exemplar: None,
            told: None,
        })
        .collect()
}

/// First attempts; those on private words, or on tasks of a file, see what the memory policy composes, or a control's
/// exemplar, but for the share that drops out. With the number of questions that long-term memory was asked.
pub(super) fn first_attempts(
    source: &Source<'_>,
    tasks: Vec<usize>,
    round: u64,
) -> Result<(Vec<Prompt>, usize), TrainError> {
    let (config, pool) = (&source.remembers, &source.material.pool);
    let tokenizer = source.model.tokenizer;
    let place = source.step as u64 * 2 + round;
    let mut rng = random::stream(source.seed, "memory dropout", place);
    let mut asked = 0;
    // By place: a task that is drawn twice asks, or goes without, each time anew.
    let asking: Vec<usize> = (0..tasks.len())
        .filter(|at| pool[tasks[*at]].asks_memory())
        .filter(|_| rng.random::<f64>() >= config.dropout && config.long_term)
        .collect();
    let mut shown: BTreeMap<usize, (String, Solved)> = BTreeMap::new();
    if !config.exemplar.is_remembered() {
        let control = |at: &usize| {
            let solved = source.material.control(tasks[*at])?;
            Some((*at, (String::new(), solved)))
        };
        shown.extend(asking.iter().filter_map(control));
    } else if !asking.is_empty() {
        let ask = |at: &usize| MemoryAsk {
            query: pool[tasks[*at]].memory_query(1),
            attempts: Vec::new(),
            limit: 0,
            budget: config.budget,
        };
        let asks: Vec<MemoryAsk> = asking.iter().map(ask).collect();
        let cost = |words: &str, program: &str| tokenizer.exemplar_cost(words, program);
        let found = source.memory.compose(&asks, &cost);
        let found = found.map_err(TrainError::infrastructure("asking long-term memory"))?;
        let first = |(at, found): (&usize, MemoryContext)| {
            let item = found.exemplars.into_iter().next()?;
            let (spec, body) = tokenizer.exemplar(&item)?;
            Some((*at, (item.id, Solved { spec, body })))
        };
        shown.extend(asking.iter().zip(found).filter_map(first));
        asked = asks.len();
    }
    let prompts = tasks
        .into_iter()
        .enumerate()
        .map(|(at, task)| {
            let exemplar = shown.get(&at);
            let pair = exemplar.map(|(_, solved)| solved.pair());
            Prompt {
                task,
                tokens: pool[task].prompt_with(pair, None),
                attempt: 1,
                feedback: String::new(),
                exemplar: exemplar.map(|(id, _)| id.clone()),
                told: pair.and_then(|(spec, _)| pool[task].is_told_by(spec)),
            }
        })
        .collect();
    Ok((prompts, asked))
}

/// A task of the pool with its failed programs.
type Failed = (usize, Vec<Failure>);

/// Short-term memory: of each group on an ambiguous task, or on one of a file, a failed program, with what its tests said,
/// waits for a second attempt in the next step. Which one the memory policy chooses, among all that failed. Groups are asked
/// of in their order until enough second attempts wait: a policy that treats prompts apart composes none in vain.
pub(super) fn keep_retries(
    run: &mut Run<'_>,
    groups: &[Group],
    config: &RlConfig,
) -> Result<(), TrainError> {
    if !run.at.config.memory.short_term || config.retries == 0 {
        return Ok(());
    }
    let pool = &run.material.pool;
    let failed: Vec<Failed> = groups
        .iter()
        .filter(|group| group.prompt.attempt == 1 && pool[group.prompt.task].is_tried_again())
        .map(|group| (group.prompt.task, failures(&pool[group.prompt.task], group)))
        .filter(|(_, failures)| !failures.is_empty())
        .collect();
    let ask = |(task, failures): &Failed| MemoryAsk {
        query: pool[*task].memory_query(0),
        attempts: failures
            .iter()
            .map(|(_, attempt)| attempt.clone())
            .collect(),
        limit: 1,
        budget: run.at.config.memory.budget,
    };
    let tokenizer = run.at.config.model.tokenizer;
    let cost = |words: &str, program: &str| tokenizer.exemplar_cost(words, program);
    let retry = |((task, failures), context): (&Failed, MemoryContext)| {
        let (shown, attempt) = failures.get(*context.attempts.first()?)?;
        Some(Retry {
            task: *task,
            prompt: pool[*task].prompt_with(None, Some(shown)),
            feedback: attempt.outcome.said.clone(),
        })
    };
    let mut retries: Vec<Retry> = Vec::new();
    let mut left = &failed[..];
    while retries.len() < config.retries && !left.is_empty() {
        let (next, later) = left.split_at(left.len().min(config.retries - retries.len()));
        let asks: Vec<MemoryAsk> = next.iter().map(ask).collect();
        let composed = run.memory.compose(&asks, &cost);
        let composed = composed.map_err(TrainError::infrastructure("composing second attempts"))?;
        retries.extend(next.iter().zip(composed).filter_map(retry));
        left = later;
    }
    run.at.state.retries = retries;
    Ok(())
}

/// The failed programs of a group.
fn failures(task: &Task, group: &Group) -> Vec<Failure> {
    let attempts = group.programs.iter().zip(&group.episodes);
    let failed = attempts.filter_map(|(program, episode)| {
        failure(
            task,
            program.body(),
            episode.as_ref()?,
            group.prompt.attempt,
        )
    });
    failed.collect()
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

/// Of a group in which nothing passed, the program that came furthest with what executing it said: a warning.
fn warning(task: &Task, group: &Group) -> Option<MemoryItem> {
    let tried = group.programs.iter().zip(&group.episodes);
    let failed = tried.filter_map(|(program, episode)| {
        let episode = episode.as_ref()?;
        let (score, said) = (episode.pass_ratio(), episode.feedback());
        // Nothing is said of what passed or met a fault of ours.
        (score < 1.0 && !said.is_empty()).then_some((program.body(), episode, score, said))
    });
    // Of those that came as far the first.
    let furthest = failed.min_by(|(.., a, _), (.., b, _)| b.total_cmp(a));
    let (body, episode, score, said) = furthest?;
    Some(MemoryItem {
        scores: episode.scores_by_name(),
        ..task.memory_item(body, &said, score)
    })
}

/// Long-term memory: verified programs are offered, and items that were shown learn how it went.
pub(super) fn tell(run: &mut Run<'_>, groups: &[Group]) -> Result<(), TrainError> {
    if !run.at.config.memory.long_term {
        return Ok(());
    }
    let pool = &run.material.pool;
    let mut items = Vec::new();
    let mut warnings = Vec::new();
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
        match solved.min_by_key(|(body, _)| body.len()) {
            Some((body, episode)) => {
                items.push(verified_item(task, body, episode, &feedback(group)));
            }
            None if run.at.config.memory.warnings => warnings.extend(warning(task, group)),
            None => {}
        }
    }
    items.append(&mut warnings);
    items.truncate(run.at.config.memory.admitted);
    let memory = &run.memory;
    let is_stale = run.at.config.memory.exemplar == ExemplarSource::Stale;
    if !items.is_empty() && !is_stale {
        let admitted = memory.admit(&items);
        admitted.map_err(TrainError::infrastructure(
            "offering programs to long-term memory",
        ))?;
    }
    let asked = |group: &&Group| pool[group.prompt.task].asks_memory();
    let plain: Vec<f64> = groups
        .iter()
        .filter(asked)
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
        .filter(|(id, ..)| !id.is_empty())
        .collect();
    if used.is_empty() {
        return Ok(());
    }
    memory
        .feedback(&used)
        .map_err(TrainError::infrastructure("updating memory's utilities"))
}
