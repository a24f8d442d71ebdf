//! Early stopping: a look at validation every so many steps, and the end where it has long not become better.

use serde::{Deserialize, Serialize};

use crate::{TrainError, run::Run, warm_start::validation_rate};

/// The best look so far; its weights are in the checkpoint beside the state.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Best {
    /// Steps that were done.
    pub(crate) step: usize,
    /// Greedy pass rate on the plain validation tasks.
    pub(crate) validation: f64,
}

/// Looks at validation where it is time, `step` steps being done. The first look is at the start.
pub(super) fn look(run: &mut Run<'_>, step: usize) -> Result<Option<f64>, TrainError> {
    let every = run.at.config.rl.check_every;
    if every == 0 || !step.is_multiple_of(every) {
        return Ok(None);
    }
    let validation = validation_rate(run)?;
    if run
        .at
        .state
        .best
        .is_none_or(|best| validation > best.validation)
    {
        run.at.state.best = Some(Best { step, validation });
        run.at.best = Some(run.at.policy.values.clone());
    }
    Ok(Some(validation))
}

/// Whether `rl.patience` looks in a row were no better than the best before them.
pub(super) fn is_over(run: &Run<'_>) -> bool {
    may_be_over(run, run.at.state.step)
}

/// Whether it is over when `step` steps are done, unless a look until then is the best.
pub(super) fn may_be_over(run: &Run<'_>, step: usize) -> bool {
    let (config, state) = (&run.at.config.rl, &run.at.state);
    let looks = |best: Best| (step - best.step) / config.check_every.max(1);
    config.check_every > 0
        && state
            .best
            .is_some_and(|best| looks(best) >= config.patience)
}

/// Goes back to the weights of the best look.
pub(super) fn settle(run: &mut Run<'_>) {
    if let (true, Some(best)) = (is_over(run), run.at.best.take()) {
        run.at.policy.values = best;
    }
}
