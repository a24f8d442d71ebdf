//! Which policy's states memories compare, where the configuration asks for the policy's.
//!
//! **In training** an encoder is the policy as it was at the beginning of some step. Every `memory.encoder_every` steps another is
//! prepared, whose vectors are made while that step samples, grades and learns; from the next step on memory answers by it.
//! The first one answers at once. So which encoder answers in a step follows from the step's number alone, however long vectors
//! take to make. A checkpoint holds the weights of the encoder that was prepared last: it is the one that answers in the step
//! after, also where it did not answer yet when the checkpoint was made. A run that is resumed gives it to memory again, and sees
//! the same vectors, whether memory still has them in its file or makes them anew.
//!
//! **In evaluation** the encoder is the policy that is measured, which does not change meanwhile.

use std::sync::Arc;

use falcon_episode::LongTermMemory;

use crate::{
    Event, MemoryConfig, TrainError,
    model::{Policy, PolicyEncoder},
    run::Run,
    state::Stage,
};

/// Has a memory compare by a policy's states, where the configuration asks for that. Returns what people are to be told of it.
pub(crate) fn compare_by(
    policy: &Policy,
    config: &MemoryConfig,
    memory: &dyn LongTermMemory,
) -> Result<Option<String>, TrainError> {
    if config.encoder.is_hashed() {
        return Ok(None);
    }
    prepare(policy, memory)?;
    adopt(memory)
}

/// Gives training's memory the encoder of the checkpoint that the run was opened from.
pub(crate) fn restore(run: &mut Run<'_>) -> Result<(), TrainError> {
    if let Some(weights) = &run.at.encoder
        && run.at.state.stage == Stage::Rl
    {
        let policy = run.at.policy.with_values(weights.clone());
        let said = compare_by(&policy, &run.at.config.memory, &*run.memory)?;
        tell(run, said);
    }
    Ok(())
}

/// Tells people what there is to be told of an encoder.
pub(crate) fn tell(run: &mut Run<'_>, said: Option<String>) {
    if let Some(said) = said {
        run.tell(Event::Note(said));
    }
}

/// Puts the encoder of a step of reinforcement learning in place, and prepares another where it is time.
pub(crate) fn begin_step(run: &mut Run<'_>) -> Result<(), TrainError> {
    let config = &run.at.config.memory;
    if config.encoder.is_hashed() || !config.long_term {
        return Ok(());
    }
    let every = config.encoder_every;
    let mut said = adopt(&*run.memory)?;
    let is_first = run.at.encoder.is_none();
    let is_due = every > 0 && run.at.state.step.is_multiple_of(every);
    if is_first || is_due {
        prepare(&run.at.policy, &*run.memory)?;
        run.at.encoder = Some(run.at.policy.values.clone());
    }
    if is_first {
        said = said.or(adopt(&*run.memory)?);
    }
    tell(run, said);
    Ok(())
}

fn prepare(policy: &Policy, memory: &dyn LongTermMemory) -> Result<(), TrainError> {
    let prepared = memory.prepare_encoder(Arc::new(PolicyEncoder::new(policy)?));
    prepared.map_err(TrainError::infrastructure(
        "giving memory the policy's vectors",
    ))
}

fn adopt(memory: &dyn LongTermMemory) -> Result<Option<String>, TrainError> {
    let adopted = memory.adopt_encoder();
    adopted.map_err(TrainError::infrastructure(
        "giving memory the policy's vectors",
    ))
}
