//! What an experiment runs and what its results say.
//!
//! An experiment is a TOML file of *arms* (one recipe with changes) under *seeds*, with *contrasts*
//! that were fixed beforehand. [`Plan::parse`] reads it, [`drive()`] has its runs made one after another
//! by a [`Runner`], skipping what is done, and [`analyse()`] turns what the runs measured into a
//! [`Report`]: answers with intervals, p-values, Holm's correction and the detectable effect.
//!
//! Architecture Invariant: this crate trains nothing and links no heavy tree. It sees recipes and runs
//! through [`Recipes`] and [`Runner`] alone.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts are small and statistics are f64"
)]

mod analyse;
mod answer;
mod drive;
mod error;
mod file;
mod job;
mod measured;
mod overlay;
mod placeless;
mod plan;
mod preset;
mod report;

pub use analyse::{ResultLine, Runs, analyse, results};
pub use answer::{Answer, Verdict};
pub use drive::{Driven, Runner, Spent, drive, failures, load};
pub use error::ExperimentError;
pub use job::{Job, WARM_START};
pub use measured::{CurvePoint, Measured, MemoryUse, Phase, Row, TaskKind, WarmPoint};
pub use plan::{
    Arm, ArmKind, Contrast, From, Plan, Recipe, Recipes, RowName, Setting, Side, Square,
};
pub use preset::{PRESETS, Preset};
pub use report::{
    ArmReport, Cost, CurveBin, Effect, Estimate, Failed, Group, GroupEntry, Level, Provenance,
    Report, SquareReport, Stratum, WarmStartReport,
};
