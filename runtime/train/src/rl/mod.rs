//! Reinforcement learning from execution.
//!
//! On-policy policy gradient with a group baseline: for a prompt with rewards r₁…r_G the advantage is
//! (r − mean of the group) / (σ + ε), where σ is the standard deviation of the centred rewards of the
//! batch; judges' credit on a token is added to it before the division; a token's log-probability is weighed by advantage / (longest program × groups × G), a
//! constant length, so that long failures are not favoured (Dr. GRPO, arXiv 2503.20783).
//! One gradient step for each batch, so the ratio is 1; no KL term. Added are a small supervised
//! anchor on gold rows and replay of own programs that were verified by execution.

mod credit;
mod group;
mod memory;
mod replay;

use std::time::Instant;

use falcon_episode::{Episode, Infrastructure};
use falcon_tasks::Which;
use rand::Rng;

use crate::{
    Progress, RlConfig, TrainError,
    grade::{Attempt, first_fault, grade, reward},
    model::{Completion, Request, generate, gradient},
    random,
    report::CurvePoint,
    run::{Flow, Run},
    warm_start::supervised,
};
use group::{Group, Prompt, measure, policy_gradient};

/// Runs reinforcement learning to its end, or to where it is stopped.
pub(crate) fn run(run: &mut Run<'_>) -> Result<Flow, TrainError> {
    memory::fill(run)?;
    while run.at.state.step < run.at.config.rl.steps {
        let began = Instant::now();
        let (executions, tokens) = (run.services.grader.executions(), run.at.state.tokens);
        let point = step(run)?;
        let runs = run.services.grader.executions() - executions;
        let progress = Progress {
            reward: point.reward_mean,
            pass_rate: point.pass_rate,
            ..Progress::default()
        };
        run.at.state.curve.push(point);
        run.tell_step(began, run.at.state.tokens - tokens, runs, progress);
        if run.step_done()? == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    Ok(Flow::Next)
}

fn step(run: &mut Run<'_>) -> Result<CurvePoint, TrainError> {
    let config = run.at.config.rl.clone();
    let step = run.at.state.step;
    let begun = run.services.grader.begin_step(step as u64 + 1);
    begun.map_err(TrainError::infrastructure(
        "putting the step's judges in place",
    ))?;
    let retries = memory::take_retries(run, &config);
    let mut groups = sample(run, 0, config.drawn - retries.len(), retries)?;
    let teaching = groups.iter().filter(|group| group.teaches()).count();
    if teaching < config.kept {
        // Groups without variance teach nothing: draw once more for what is missing.
        groups.extend(sample(run, 1, redraw(&config, teaching), Vec::new())?);
    }
    for episode in groups
        .iter()
        .flat_map(|group| group.episodes.iter().flatten())
    {
        run.log.add(step + 1, episode)?;
    }
    let mut point = measure(&groups, step + 1)
        .filter(|_| !all_faulted(&groups))
        .ok_or_else(|| nothing_graded(&groups))?;
    memory::keep_retries(run, &groups, &config)?;
    replay::keep(run, &groups, &config);
    memory::tell(run, &groups)?;
    let mut units = policy_gradient(&groups, &config);
    let anchor = run.material.batch("anchor", step, config.anchor_rows);
    if config.anchor > 0.0 && config.anchor_rows > 0 {
        units.extend(supervised(&anchor, config.anchor));
    }
    units.extend(replay::units(run, &config));
    let learnt = gradient(&run.at.policy, &units);
    let norm = run.descend(&learnt, rate(&config, step), 0.0)?;
    run.at.state.rl_compute += learnt.tokens as u64;
    point.entropy = learnt.entropy / learnt.targets.max(1) as f64;
    point.gradient_norm = norm;
    run.tick();
    point.seconds = run.stage_seconds();
    Ok(point)
}

/// Whether programs ran and every one of them met a fault.
fn all_faulted(groups: &[Group]) -> bool {
    let mut ran = groups
        .iter()
        .flat_map(|group| group.episodes.iter().flatten())
        .peekable();
    ran.peek().is_some() && ran.all(Episode::is_fault)
}

/// Why a step has nothing to learn from and nothing to report.
fn nothing_graded(groups: &[Group]) -> TrainError {
    let mut episodes = groups
        .iter()
        .flat_map(|group| group.episodes.iter().flatten());
    let why = match episodes.clone().find(|episode| episode.is_fault()) {
        Some(fault) => format!("the sandbox failed; {}", first_fault(fault)),
        None => match episodes.find_map(Episode::judge_failure) {
            Some(failure) => format!("a judge failed: {failure}"),
            None => "the judges gave none".to_owned(),
        },
    };
    TrainError::Infrastructure {
        doing: "grading programs",
        source: Infrastructure::new(format!(
            "no program that this step ran has a reward: {why}. Try again: a run goes on from its checkpoint"
        )),
    }
}

/// Prompts to draw again where so many groups teach something: half as many again as are missing.
fn redraw(config: &RlConfig, teaching: usize) -> usize {
    ((config.kept - teaching) * 3).div_ceil(2)
}

/// The rate of a step, from 0: up over the warm-up, then in a straight line to 0.
fn rate(config: &RlConfig, step: usize) -> f64 {
    let up = (step + 1) as f64 / config.warm_up.max(1) as f64;
    let down = 1.0 - step as f64 / config.steps.max(1) as f64;
    config.learning_rate * up.min(1.0) * down
}

/// Draws tasks, asks memory, samples and grades.
fn sample(
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
    let mut prompts = memory::first_attempts(run, tasks, round)?;
    prompts.extend(retries);
    let mut seeds = random::stream(run.at.state.seed, "rl samples", (step as u64) * 2 + round);
    let requests: Vec<Request> = prompts
        .iter()
        .map(|prompt| Request {
            prompt: prompt.tokens.clone(),
            seeds: (0..config.group).map(|_| seeds.random()).collect(),
        })
        .collect();
    let limit = falcon_tasks::MAX_BODY;
    let programs = generate(&run.at.policy, &requests, config.temperature, limit)?;
    let pool = &run.material.pool;
    let attempts: Vec<Attempt<'_>> = prompts
        .iter()
        .zip(&programs)
        .flat_map(|(prompt, programs)| {
            programs.iter().map(|program| Attempt {
                task: &pool[prompt.task],
                body: program.body(),
                finished: program.finished,
                number: prompt.attempt,
            })
        })
        .collect();
    let mut episodes = grade(run.services.grader, &attempts, Which::Feedback)?.into_iter();
    let read: usize = prompts.iter().map(|prompt| prompt.tokens.len()).sum();
    let written: usize = programs
        .iter()
        .flatten()
        .map(|program| program.tokens.len())
        .sum();
    run.at.state.tokens += (read + written) as u64;
    // Sampling goes forward only: a third of what a token costs in learning.
    run.at.state.rl_compute += ((read + written) / 3) as u64;
    Ok(prompts
        .into_iter()
        .zip(programs)
        .map(|(prompt, programs)| {
            let episodes: Vec<_> = episodes.by_ref().take(programs.len()).collect();
            let rewards = episodes
                .iter()
                .map(|episode| reward(episode.as_ref()))
                .collect();
            let task = &pool[prompt.task];
            let credit = |(program, episode): (&Completion, &Option<Episode>)| match episode {
                Some(episode) if !episode.credits.is_empty() => {
                    credit::per_token(&task.program(program.body()), &episode.credits)
                }
                _ => Vec::new(),
            };
            Group {
                credits: programs.iter().zip(&episodes).map(credit).collect(),
                prompt,
                programs,
                episodes,
                rewards,
            }
        })
        .collect())
}
