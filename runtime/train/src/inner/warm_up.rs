//! A start for a soft prompt that is not noise: supervised steps on gold rows in which it alone moves.
//!
//! θ stays as the warm start left it, so that runs with and without an inner loop begin alike.

use std::time::Instant;

use crate::{
    Context, Progress, TrainError,
    model::gradient,
    run::{Flow, Run},
    warm_start::supervised,
};

/// Runs the steps to their end, or to where they are stopped. A context that is no soft prompt changes
/// nothing at first and needs none.
pub(crate) fn run(run: &mut Run<'_>) -> Result<Flow, TrainError> {
    let steps = steps(run);
    while run.at.state.step < steps {
        let (began, step) = (Instant::now(), run.at.state.step);
        let inner = &run.at.config.inner;
        let rate = inner.warm_up_rate * (1.0 - step as f64 / steps as f64);
        let size = run.at.config.warm_start.batch;
        let units = supervised(&run.material.batch("context rows", step, size), 1.0);
        let mut learnt = gradient(&run.at.policy, &units);
        let others = learnt.gradient.len() - run.at.policy.soft_prompt().len();
        learnt.gradient[..others].fill(0.0);
        run.descend(&learnt, rate, 0.0)?;
        // It is part of what the inner loop costs.
        run.at.state.rl_compute += learnt.tokens as u64;
        run.at.state.context_compute += learnt.tokens as u64;
        let progress = Progress {
            loss: Some(-learnt.log_probability / learnt.targets.max(1) as f64),
            ..Progress::default()
        };
        run.tell_step(began, learnt.tokens as u64, 0, progress);
        if run.step_done()? == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    Ok(Flow::Next)
}

/// Supervised steps that the context's start takes.
pub(crate) fn steps(run: &Run<'_>) -> usize {
    let inner = &run.at.config.inner;
    if inner.context == Context::SoftPrompt {
        inner.warm_up
    } else {
        0
    }
}
