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
mod encoder;
mod episodes;
mod error;
mod evaluate;
mod files;
mod grade;
mod inner;
mod material;
mod model;
mod observer;
mod optimiser;
mod parts;
mod random;
mod report;
mod rl;
mod run;
mod short_term;
mod state;
mod summary;
mod task;
mod warm_start;

pub use config::{
    Config, Context, EncoderSource, EvaluationConfig, ExemplarSource, FileConfig, InnerConfig,
    MemoryConfig, ModelConfig, QUICK, ReplayFrom, RlConfig, SupportFrom, TaskConfig, Tokenizer,
    WarmStartConfig,
};
pub use error::TrainError;
pub use evaluate::{
    Aggregate, Arm, EvalRequest, ForeignReport, ForeignTask, RowName, Shows, UseRow, aggregate,
    evaluate_pymini, evaluate_tasks, measure_use, rows,
};
/// Unbiased pass@k and the paired bootstrap over seeds and tasks.
pub use falcon_statistics as statistics;
pub use material::{task_language, test_sets};
pub use model::{Place, Policy, PolicyEncoder, load_model, save_model};
pub use observer::{Event, Observer, Progress};
pub use parts::PartUse;
pub use report::{
    CurvePoint, EvalRow, Example, Gain, InnerPoint, MemoryReport, PhaseTime, RunReport, TaskFile,
    TaskKind, WarmStartPoint,
};
pub use rl::Objective;
pub use run::{MemoryFactory, Outcome, Phase, Services, Start, resume, train};
