//! Sampling and grading beside learning, with `rl.ahead = 1`: while the optimiser learns from a step's batch, a thread draws
//! the next step's with the policy as it was before.
//!
//! All but the policy is in the order that it has without: a batch's prompts are composed after memory was told of the batch
//! before it and with the retries of that batch, its step's judges and memory policy are put in place before, and it
//! is written down, remembered and counted in its own step. So each batch is one update old when it is learnt from, and
//! ratios compare with the log-probabilities that its programs were sampled with.
//!
//! A batch that waits is in no checkpoint. The weights that it was sampled with are, and from them a resumed run draws
//! it again, since it follows from them, seed, step and memory.

use std::{panic::resume_unwind, thread, time::Instant};

use super::{
    begin, memory,
    sampling::{Drawn, Source, draw},
    stopping,
};
use crate::{TrainError, run::Run};

/// The batch of the present step, and whether a policy before the present one sampled it: the batch that waits, or the same
/// drawn again; else one that the present policy samples.
pub(super) fn batch(
    run: &mut Run<'_>,
    waiting: Option<Drawn>,
) -> Result<(Drawn, bool), TrainError> {
    let weights = run.at.ahead.take();
    let is_behind = weights.is_some();
    if let Some(drawn) = waiting {
        return Ok((drawn, is_behind));
    }
    let step = run.at.state.step;
    begin(run, step)?;
    let source = Source::of(run, step);
    let retries = memory::retries(run, &source.rl);
    let before = weights.map(|values| run.at.policy.with_values(values));
    let policy = before.as_ref().unwrap_or(&run.at.policy);
    let drawn = draw(&source, policy, retries)?;
    run.set_aside(drawn.executions);
    for took in &drawn.took {
        run.book_took(took, None);
    }
    Ok((drawn, is_behind))
}

/// Does `learn`, which changes the policy, and has the next step's batch drawn meanwhile.
pub(super) fn beside<T>(
    run: &mut Run<'_>,
    learn: impl FnOnce(&mut Run<'_>) -> Result<T, TrainError>,
) -> Result<(T, Drawn), TrainError> {
    let step = run.at.state.step + 1;
    begin(run, step)?;
    let source = Source::of(run, step);
    let retries = memory::retries(run, &source.rl);
    let policy = run.at.policy.clone();
    let (learnt, until, drawn) = thread::scope(|scope| {
        let drawing = scope.spawn(|| draw(&source, &policy, retries));
        let learnt = learn(run);
        let until = Instant::now();
        let drawn = drawing.join().unwrap_or_else(|panic| resume_unwind(panic));
        (learnt, until, drawn)
    });
    let (learnt, drawn) = (learnt?, drawn?);
    run.set_aside(drawn.executions);
    for took in &drawn.took {
        run.book_took(took, Some(until));
    }
    run.at.ahead = Some(policy.values);
    Ok((learnt, drawn))
}

/// Whether a batch is to be drawn ahead, when the present step has this much compute still to take: not for a step that
/// may not come, so that nothing is sampled that nothing learns from.
pub(super) fn is_time(run: &Run<'_>, compute: u64) -> bool {
    let (config, state) = (&run.at.config.rl, &run.at.state);
    let is_last = if config.compute > 0 {
        state.rl_compute + compute >= config.compute
    } else {
        state.step + 1 >= config.steps
    };
    config.ahead > 0 && !is_last && !stopping::may_be_over(run, state.step + 1)
}
