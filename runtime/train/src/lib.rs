//! Policy, sampling, objectives and evaluation of FALCON.
//!
//! A run is a line of stages: supervised warm start, measurement, reinforcement learning from
//! execution with both memories, measurement, and the control that simply continues the warm start.
//! Programs are executed and remembered through the seams [`Grader`](falcon_episode::Grader) and
//! [`LongTermMemory`](falcon_episode::LongTermMemory); this crate links neither sandbox nor store.
//!
//! Every draw follows from (seed, purpose, step), so a run that is resumed from its checkpoint ends
//! with the result of an undisturbed one.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts are small and statistics are f64"
)]

mod config;
mod episodes;
mod error;
mod evaluate;
mod files;
mod grade;
mod material;
mod model;
mod observer;
mod optimiser;
mod random;
mod report;
mod rl;
mod run;
mod state;
pub mod statistics;
mod summary;
mod warm_start;

pub use config::{
    Config, EvaluationConfig, ExemplarSource, MemoryConfig, ModelConfig, QUICK, RlConfig,
    TaskConfig, WarmStartConfig,
};
pub use error::TrainError;
pub use evaluate::{
    Aggregate, Arm, EvalRequest, ForeignReport, ForeignTask, Shows, UseRow, aggregate,
    evaluate_pymini, evaluate_tasks, measure_use,
};
pub use model::{Place, Policy, load_model, save_model};
pub use observer::{Event, Observer, Progress};
pub use report::{
    CurvePoint, EvalRow, Example, Gain, MemoryReport, PhaseTime, RunReport, WarmStartPoint,
};
pub use run::{MemoryFactory, Outcome, Phase, Services, Start, resume, train};
