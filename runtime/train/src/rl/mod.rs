//! Reinforcement learning from execution.
//!
//! A step draws tasks, asks memory, samples programs, grades them, and takes `rl.updates` steps of the optimiser on the
//! objective that the configuration names ([`Objective`]); with `rl.ahead` the next step's programs are sampled and graded
//! meanwhile. Added are a small supervised anchor on gold rows and replay of own programs that were verified by
//! execution. The policy that is learnt is the one that was sampled: at `rl.temperature`, but for anchor and replay,
//! which are supervised.

mod ahead;
mod chosen;
mod credit;
mod group;
mod inner;
mod learning;
mod memory;
mod objective;
mod replay;
mod sampling;
mod stopping;
mod trust;

use std::time::Instant;

use falcon_episode::{Episode, Infrastructure};

use crate::{
    Progress, RlConfig, TrainError, encoder,
    grade::first_fault,
    parts::Part,
    report::CurvePoint,
    run::{Flow, Run},
    state::State,
};
use group::{Group, measure};
use learning::{Lesson, Told};
pub use objective::Objective;
use sampling::Drawn;
pub(crate) use stopping::Best;

/// Runs reinforcement learning to its end, or to where it is stopped.
pub(crate) fn run(run: &mut Run<'_>) -> Result<Flow, TrainError> {
    run.timed(Part::Memory, memory::fill)?;
    if run.at.state.step == 0 {
        run.timed(Part::Looking, |run| stopping::look(run, 0))?;
    }
    // The next step's batch, where one was drawn ahead.
    let mut waiting = None;
    while !is_over(run) {
        let began = Instant::now();
        let (executions, tokens) = (run.services.grader.executions(), run.at.state.tokens);
        run.timed(Part::Memory, encoder::begin_step)?;
        let point = if run.at.config.inner.is_on() {
            inner::step(run)?
        } else {
            step(run, &mut waiting)?
        };
        let runs = run.services.grader.executions() - executions;
        let progress = Progress {
            reward: point.reward_mean,
            pass_rate: point.pass_rate,
            validation: point.validation,
            ..Progress::default()
        };
        run.at.state.curve.push(point);
        run.tell_step(began, run.at.state.tokens - tokens, runs, progress);
        if run.step_done()? == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    stopping::settle(run);
    Ok(Flow::Next)
}

/// Whether its steps are done, or its compute is used up where that is what is counted; or validation says so.
fn is_over(run: &Run<'_>) -> bool {
    share_done(&run.at.config.rl, &run.at.state) >= 1.0 || stopping::is_over(run)
}

/// How much of reinforcement learning is done, in 0..=1: of its compute where that is limited, else of its steps.
fn share_done(config: &RlConfig, state: &State) -> f64 {
    if config.compute > 0 {
        share_used(state.rl_compute, state.context_compute, config.compute)
    } else if state.step >= config.steps {
        1.0
    } else {
        state.step as f64 / config.steps as f64
    }
}

/// The share of the compute that steps may take which they have taken. What a context's start took counts as compute and is
/// no step: the first step finds nothing used, or its rate would have fallen before it.
fn share_used(used: u64, context: u64, compute: u64) -> f64 {
    let left = compute.saturating_sub(context);
    if left == 0 {
        return 1.0;
    }
    ((used - context) as f64 / left as f64).min(1.0)
}

/// Steps that it takes: as configured, or as the compute of those that were `made` suggests.
pub(crate) fn steps(run: &Run<'_>, made: usize) -> usize {
    let (config, state) = (&run.at.config.rl, &run.at.state);
    match share_done(config, state) {
        done if config.compute > 0 && done > 0.0 => (made as f64 / done).ceil() as usize,
        _ => config.steps,
    }
}

fn step(run: &mut Run<'_>, waiting: &mut Option<Drawn>) -> Result<CurvePoint, TrainError> {
    let config = run.at.config.rl.clone();
    let step = run.at.state.step;
    let rate = rate(&config, &run.at.state);
    let (drawn, is_behind) = ahead::batch(run, waiting.take())?;
    drawn.count(run);
    let groups = drawn.groups;
    write_down(run, &groups, step + 1)?;
    let mut point = measure(&groups, step + 1)
        .filter(|_| !all_faulted(&groups))
        .ok_or_else(|| nothing_graded(&groups))?;
    run.timed(Part::Memory, |run| {
        memory::keep_retries(run, &groups, &config)
    })?;
    replay::keep(run, &groups, &config);
    run.timed(Part::Memory, |run| memory::tell(run, &groups))?;
    let lesson = Lesson::of(run, &groups, &config);
    let told = if ahead::is_time(run, lesson.compute) {
        let (told, drawn) = ahead::beside(run, |run| learn(run, &groups, &lesson, rate))?;
        *waiting = Some(drawn);
        told
    } else {
        learn(run, &groups, &lesson, rate)?
    };
    point.kl_to_start = told.kl_to_start;
    point.entropy = told.entropy;
    point.gradient_norm = told.gradient_norm;
    point.clip_fraction = told.seen.clipped;
    point.log_ratio = told.seen.log_ratio;
    // Between two policies it would be no gap of the sampler's.
    point.sampler_gap = told.drift.filter(|_| !is_behind);
    point.behind = usize::from(is_behind);
    point.validation = run.timed(Part::Looking, |run| stopping::look(run, step + 1))?;
    run.tick();
    point.seconds = run.stage_seconds();
    Ok(point)
}

/// Measures how far the policy has come, and learns.
fn learn(
    run: &mut Run<'_>,
    groups: &[Group],
    lesson: &Lesson,
    rate: f64,
) -> Result<Told, TrainError> {
    let kl_to_start = run.timed(Part::Looking, |run| trust::kl_to_start(run, groups));
    let told = lesson.learn(run, rate)?;
    Ok(Told {
        kl_to_start,
        ..told
    })
}

/// Puts the judges of a step in place, counted from 0: they judge its batch, whenever that is drawn.
fn begin(run: &Run<'_>, step: usize) -> Result<(), TrainError> {
    let begun = run.services.grader.begin_step(step as u64 + 1);
    begun.map_err(TrainError::infrastructure(
        "putting the step's judges in place",
    ))
}

/// Adds a step's episodes to the run's log.
fn write_down<'a>(
    run: &mut Run<'_>,
    groups: impl IntoIterator<Item = &'a Group>,
    step: usize,
) -> Result<(), TrainError> {
    for group in groups {
        let reference = run.material.pool[group.prompt.task].reference();
        for episode in group.episodes.iter().flatten() {
            run.log.add(step, episode, reference.as_deref())?;
        }
    }
    Ok(())
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

/// The rate of the present step: up over the warm-up, then in a straight line to 0 as steps or compute are used up.
fn rate(config: &RlConfig, state: &State) -> f64 {
    let up = (state.step + 1) as f64 / config.warm_up.max(1) as f64;
    let down = 1.0 - share_done(config, state);
    config.learning_rate * up.min(1.0) * down
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_s_start_is_compute_and_no_step() {
        for (used, context, compute, expected) in [
            (0, 0, 100, 0.0),
            (25, 0, 100, 0.25),
            (20, 20, 100, 0.0),
            (60, 20, 100, 0.5),
            (130, 20, 100, 1.0),
            (20, 20, 20, 1.0),
            (30, 30, 20, 1.0),
        ] {
            let share = share_used(used, context, compute);
            assert!(
                (share - expected).abs() < 1e-12,
                "{used} {context} {compute}: {share}"
            );
        }
    }
}
