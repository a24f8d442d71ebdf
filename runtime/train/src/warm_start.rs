//! The supervised warm start, and the control that simply continues it.
//!
//! Warm-up, constant rate, linear decay. The decay is set off by validation and not by a step count:
//! the climb is steep and starts at another step for every seed, and reinforcement learning needs a
//! policy at the edge of competence that already reads its memory.

use std::time::Instant;

use falcon_tasks::{Row, TokenId, Which};
use rand::Rng as _;

use crate::{
    Event, Progress, TrainError, WarmStartConfig,
    grade::{Attempt, grade_without_fault, passed},
    model::{Answer, Policy, Request, Unit, generate, gradient},
    optimiser::Optimiser,
    random,
    report::WarmStartPoint,
    run::{Flow, Run},
    task::Task,
};

/// Runs the warm start to its end, or to where it is stopped.
pub(crate) fn run(run: &mut Run<'_>) -> Result<Flow, TrainError> {
    let config = run.at.config.warm_start.clone();
    loop {
        let (step, decay_from) = (run.at.state.step, run.at.state.decay_from);
        if decay_from.is_some_and(|from| step >= from + config.decay) {
            return Ok(Flow::Next);
        }
        let began = Instant::now();
        let (tokens, loss) = learn(run, "rows", step, rate(&config, step, decay_from))?;
        let done = step + 1;
        let last_call = decay_from.is_none() && done + config.decay >= config.steps;
        let mut validation = None;
        if done % config.check_every == 0 || last_call {
            let point = look(run, done)?;
            // Files have no tasks that are made to need a memory, so nothing is asked of it.
            let reads_memories = run.material.files.is_some()
                || (point.long_term_margin >= config.long_term_margin
                    && point.short_term_margin >= config.short_term_margin);
            let abandoned = run.at.state.abandoned;
            if last_call && !reads_memories && abandoned + 1 < config.tries {
                begin_again(run, &point);
                continue;
            }
            let ready = point.validation >= config.edge && reads_memories;
            if decay_from.is_none() && (ready || last_call) {
                run.at.state.decay_from = Some(done);
            }
            validation = Some(point.validation);
            run.at.state.warm_start.push(point);
        }
        let progress = Progress {
            loss: Some(loss),
            validation,
            ..Progress::default()
        };
        run.tell_step(began, tokens, 0, progress);
        if run.step_done()? == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
}

/// A policy comes to read its memories by a sudden turn, which some seeds had not taken after 3000 steps. Other weights on the same
/// rows are another draw.
fn begin_again(run: &mut Run<'_>, point: &WarmStartPoint) {
    let config = &run.at.config;
    let abandoned = run.at.state.abandoned + 1;
    let said = format!(
        "warm start {abandoned} of {} did not come to read its memories: an exemplar adds {:.2} (of {:.2}) to the pass rate on tasks that need one, \
         feedback {:.2} (of {:.2}); it is begun again from other weights",
        config.warm_start.tries,
        point.long_term_margin,
        config.warm_start.long_term_margin,
        point.short_term_margin,
        config.warm_start.short_term_margin,
    );
    let seed = random::stream(run.at.state.seed, "weights begun again", abandoned as u64).random();
    let vocabulary = config.model.tokenizer.vocabulary();
    run.at.policy = Policy::new(&config.model, vocabulary, seed);
    run.at.optimiser = Optimiser::new(&run.at.policy);
    let state = &mut run.at.state;
    (state.abandoned, state.step) = (abandoned, 0);
    state.warm_start.clear();
    run.tell(Event::Note(said));
}

/// Runs the control: the warm start's own rows at its own rate, decayed over the second half, until
/// it has taken the compute that reinforcement learning took.
pub(crate) fn run_continued(run: &mut Run<'_>) -> Result<Flow, TrainError> {
    let config = run.at.config.warm_start.clone();
    let steps = continued_steps(run);
    while run.at.state.step < steps {
        let (began, step) = (Instant::now(), run.at.state.step);
        let config = WarmStartConfig {
            decay: steps - steps / 2,
            ..config.clone()
        };
        let rate = rate(&config, step, Some(steps / 2));
        let (tokens, loss) = learn(run, "continued rows", step, rate)?;
        let progress = Progress {
            loss: Some(loss),
            ..Progress::default()
        };
        run.tell_step(began, tokens, 0, progress);
        if run.step_done()? == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    Ok(Flow::Next)
}

/// Steps of the control that take the compute of reinforcement learning.
pub(crate) fn continued_steps(run: &Run<'_>) -> usize {
    let rows = &run.material.rows;
    let row = rows.iter().map(|row| row.tokens.len()).sum::<usize>() as f64 / rows.len() as f64;
    let step = row * run.at.config.warm_start.batch as f64;
    (run.at.state.rl_compute as f64 / step).round() as usize
}

/// The rate of a step, from 0.
fn rate(config: &WarmStartConfig, step: usize, decay_from: Option<usize>) -> f64 {
    let up = (step + 1) as f64 / config.warm_up.max(1) as f64;
    let down = decay_from.map_or(1.0, |from| {
        1.0 - step.saturating_sub(from) as f64 / config.decay.max(1) as f64
    });
    config.learning_rate * up.min(1.0) * down.clamp(0.0, 1.0)
}

/// One supervised step. Returns its tokens and its loss for each answer token.
fn learn(
    run: &mut Run<'_>,
    purpose: &str,
    step: usize,
    rate: f64,
) -> Result<(u64, f64), TrainError> {
    let config = &run.at.config.warm_start;
    let units = supervised(&run.material.batch(purpose, step, config.batch), 1.0);
    let learnt = gradient(&run.at.policy, &units);
    let loss = -learnt.log_probability / learnt.targets.max(1) as f64;
    let decay = config.weight_decay;
    run.descend(&learnt, rate, decay)?;
    let state = &mut run.at.state;
    state.loss.0 -= learnt.log_probability;
    state.loss.1 += learnt.targets as u64;
    Ok((learnt.tokens as u64, loss))
}

/// Rows whose mean log-likelihood for each answer token has this weight in the objective.
pub(crate) fn supervised(rows: &[&Row], weight: f64) -> Vec<Unit> {
    let answers: usize = rows
        .iter()
        .map(|row| row.tokens.len() - row.answer_start)
        .sum();
    let weight = (weight / answers.max(1) as f64) as f32;
    rows.iter()
        .map(|row| {
            let (prompt, answer) = row.tokens.split_at(row.answer_start);
            Unit {
                prompt: prompt.to_vec(),
                answers: vec![Answer::even(answer.to_vec(), weight)],
            }
        })
        .collect()
}

/// Measures the policy on validation tasks.
fn look(run: &mut Run<'_>, step: usize) -> Result<WarmStartPoint, TrainError> {
    let alias = &run.material.validation_alias;
    let unaided: Vec<_> = alias
        .iter()
        .map(|(task, _)| (task, task.prompt()))
        .collect();
    let shown: Vec<_> = alias
        .iter()
        .map(|(task, it)| (task, task.prompt_with(Some(it.pair()), None)))
        .collect();
    let eight_way = &run.material.validation_feedback;
    let first: Vec<_> = eight_way
        .iter()
        .map(|(task, _)| (task, task.prompt()))
        .collect();
    let second: Vec<_> = eight_way
        .iter()
        .map(|(task, it)| (task, task.prompt_with(None, Some(it))))
        .collect();
    let validation = validation_rate(run)?;
    let long_term_margin = greedy_rate(run, shown)? - greedy_rate(run, unaided)?;
    let short_term_margin = greedy_rate(run, second)? - greedy_rate(run, first)?;
    let (loss, tokens) = std::mem::take(&mut run.at.state.loss);
    Ok(WarmStartPoint {
        step,
        loss: loss / tokens.max(1) as f64,
        validation,
        long_term_margin,
        short_term_margin,
        seconds: run.stage_seconds(),
        abandoned: run.at.state.abandoned,
    })
}

/// The greedy pass rate on plain validation tasks.
pub(crate) fn validation_rate(run: &Run<'_>) -> Result<f64, TrainError> {
    let plain = run.material.validation.iter();
    greedy_rate(run, plain.map(|task| (task, task.prompt())).collect())
}

/// The share of tasks whose greedy program passes its tests; 0 where there is no task.
fn greedy_rate(run: &Run<'_>, tasks: Vec<(&Task, Vec<TokenId>)>) -> Result<f64, TrainError> {
    if tasks.is_empty() {
        return Ok(0.0);
    }
    let requests: Vec<Request> = tasks
        .iter()
        .map(|(_, prompt)| Request {
            prompt: prompt.clone(),
            seeds: vec![0],
        })
        .collect();
    let written = generate(&run.at.policy, &requests, 0.0, run.at.policy.shape().answer)?;
    let attempts: Vec<Attempt<'_>> = tasks
        .iter()
        .zip(&written)
        .filter_map(|((task, _), programs)| {
            let program = programs.first()?;
            let (body, finished) = (program.body(), program.finished);
            Some(Attempt {
                task,
                body,
                finished,
                number: 1,
            })
        })
        .collect();
    let episodes = grade_without_fault(run.services.grader, &attempts, Which::Feedback)?;
    let right = episodes
        .iter()
        .filter(|episode| passed(episode.as_ref()))
        .count();
    Ok(right as f64 / tasks.len().max(1) as f64)
}
