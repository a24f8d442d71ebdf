//! A step's programs: tasks drawn, memory asked, programs sampled and graded.

use std::{
    panic::resume_unwind,
    sync::mpsc::{Receiver, channel},
    thread,
    time::Instant,
};

use falcon_episode::{Episode, Grader};
use falcon_tasks::Which;
use rand::Rng;

use super::{
    credit,
    group::{Group, Prompt},
    memory, redraw,
};
use crate::{
    RlConfig, TrainError,
    grade::{Attempt, grade, reward},
    model::{Completion, Request, Sampler},
    parts::Part,
    random,
    run::Run,
    task::Task,
};

/// Programs that are sampled before the first are graded: enough that threads have work, few enough that grading
/// begins early.
const ROWS: usize = 64;

/// Draws `fresh` tasks and samples and grades programs for them and for the retries.
pub(super) fn sample(
    run: &mut Run<'_>,
    round: u64,
    fresh: usize,
    retries: Vec<Prompt>,
) -> Result<Vec<Group>, TrainError> {
    let config = run.at.config.rl.clone();
    let step = run.at.state.step;
    // Each round draws from a place of its own, so that a redraw moves nothing in the next step.
    let from = step * (config.drawn + redraw(&config, 0)) + round as usize * config.drawn;
    let tasks = run.material.draw_pool(from, fresh);
    let mut prompts = run.timed(Part::Memory, |run| {
        memory::first_attempts(run, tasks, round)
    })?;
    prompts.extend(retries);
    let mut seeds = random::stream(run.at.state.seed, "rl samples", (step as u64) * 2 + round);
    let requests: Vec<Request> = prompts
        .iter()
        .map(|prompt| Request {
            prompt: prompt.tokens.clone(),
            seeds: (0..config.group).map(|_| seeds.random()).collect(),
        })
        .collect();
    let done = write_and_grade(run, &prompts, &requests, &config)?;
    Ok(groups(run, prompts, done))
}

/// Grades what was written for prompts.
pub(super) fn graded(
    run: &mut Run<'_>,
    prompts: Vec<Prompt>,
    programs: Vec<Vec<Completion>>,
) -> Result<Vec<Group>, TrainError> {
    let (grader, pool) = (run.services.grader, &run.material.pool);
    let spent = grader.spent();
    let mut done = Vec::with_capacity(prompts.len());
    let began = Instant::now();
    grade_more(grader, pool, &prompts, programs, &mut done)?;
    run.book_grading(spent, began.elapsed().as_secs_f64(), 0.0);
    Ok(groups(run, prompts, done))
}

/// Puts a prompt's things together, and counts the tokens that were read and written.
fn groups(run: &mut Run<'_>, prompts: Vec<Prompt>, done: Vec<Done>) -> Vec<Group> {
    let prefix = run.at.policy.prefix();
    let read: usize = prompts.iter().map(|it| prefix + it.tokens.len()).sum();
    let programs = done.iter().flat_map(|(programs, _)| programs);
    let written: usize = programs.map(|program| program.tokens.len()).sum();
    run.at.state.tokens += (read + written) as u64;
    // Sampling goes forward only: a third of what a token costs in learning.
    run.at.state.rl_compute += ((read + written) / 3) as u64;
    let pool = &run.material.pool;
    prompts
        .into_iter()
        .zip(done)
        .map(|(prompt, (programs, episodes))| {
            let task = &pool[prompt.task];
            group(prompt, task, programs, episodes)
        })
        .collect()
}

fn group(
    prompt: Prompt,
    task: &Task,
    programs: Vec<Completion>,
    episodes: Vec<Option<Episode>>,
) -> Group {
    let credit = |(program, episode): (&Completion, &Option<Episode>)| match episode {
        Some(episode) if !episode.credits.is_empty() => {
            credit::per_token(&task.program(program.body()), &episode.credits)
        }
        _ => Vec::new(),
    };
    Group {
        credits: programs.iter().zip(&episodes).map(credit).collect(),
        rewards: episodes.iter().map(|it| reward(it.as_ref())).collect(),
        prompt,
        programs,
        episodes,
    }
}

/// The programs of a prompt and what grading them gave.
type Done = (Vec<Completion>, Vec<Option<Episode>>);

/// Samples some prompts after others, and grades what is sampled while the next are. What comes out depends
/// on neither: a program follows from its prompt and seed, an episode from its program.
fn write_and_grade(
    run: &mut Run<'_>,
    prompts: &[Prompt],
    requests: &[Request],
    config: &RlConfig,
) -> Result<Vec<Done>, TrainError> {
    let grader = run.services.grader;
    let spent = grader.spent();
    let (pool, sampler) = (&run.material.pool, Sampler::new(&run.at.policy)?);
    let size = (ROWS / config.group).max(1);
    let limit = run.at.config.model.answer;
    let began = Instant::now();
    let (graded, sampling) = thread::scope(|scope| {
        let (send, receive) = channel::<Vec<Vec<Completion>>>();
        let grading = scope.spawn(move || grade_each(grader, pool, prompts, &receive));
        let mut sampled = Ok(());
        for requests in requests.chunks(size) {
            match sampler.generate(requests, config.temperature, limit) {
                Ok(programs) => {
                    if send.send(programs).is_err() {
                        // Nobody receives any more: grading failed, which is told below.
                        break;
                    }
                }
                Err(error) => {
                    sampled = Err(error);
                    break;
                }
            }
        }
        drop(send);
        let sampling = began.elapsed().as_secs_f64();
        let graded = grading.join().unwrap_or_else(|panic| resume_unwind(panic));
        (sampled.and(graded), sampling)
    });
    let waited = began.elapsed().as_secs_f64() - sampling;
    let (done, busy) = graded?;
    run.book(Part::Sampling, sampling, 0.0);
    run.book_grading(spent, waited, (busy - waited).max(0.0));
    Ok(done)
}

/// Grades what is received, in order, and says how long that took.
fn grade_each(
    grader: &dyn Grader,
    pool: &[Task],
    prompts: &[Prompt],
    receive: &Receiver<Vec<Vec<Completion>>>,
) -> Result<(Vec<Done>, f64), TrainError> {
    let (mut done, mut busy) = (Vec::with_capacity(prompts.len()), 0.0);
    while let Ok(programs) = receive.recv() {
        let began = Instant::now();
        grade_more(grader, pool, prompts, programs, &mut done)?;
        busy += began.elapsed().as_secs_f64();
    }
    Ok((done, busy))
}

/// Grades the programs of the prompts after those that are done.
fn grade_more(
    grader: &dyn Grader,
    pool: &[Task],
    prompts: &[Prompt],
    programs: Vec<Vec<Completion>>,
    done: &mut Vec<Done>,
) -> Result<(), TrainError> {
    let of = prompts[done.len()..].iter().zip(&programs);
    let attempts: Vec<Attempt<'_>> = of
        .flat_map(|(prompt, programs)| {
            programs.iter().map(|program| Attempt {
                task: &pool[prompt.task],
                body: program.body(),
                finished: program.finished,
                number: prompt.attempt,
            })
        })
        .collect();
    let mut episodes = grade(grader, &attempts, Which::Feedback)?.into_iter();
    for programs in programs {
        let own = episodes.by_ref().take(programs.len()).collect();
        done.push((programs, own));
    }
    Ok(())
}
