//! Programs graded: run in the sandbox, compared on the host, scored by judges, composed to a reward.
//!
//! [`Pipeline`] is the whole of it, behind [`falcon_episode::Grader`]:
//!
//! ```text
//! Submission ─► execution (language pack, hostile) ─► outcomes ─► judges ─► reward ─► Episode
//! ```
//!
//! Architecture invariant: what a program says of itself decides nothing. Its values leave its
//! instance as plain data and are compared here or in the test side's instance.

mod cache;
mod compare;
mod conformance;
mod decimal;
mod execute;
mod execution;
mod judging;
mod panel;
mod pipeline;
mod reward;
mod show;
mod threads;
mod workers;

pub use conformance::{CaseOutcome, ConformanceError, REQUIRED, conform};
pub use execute::execute;
pub use execution::Execution;
pub use judging::{Judging, JudgingError};
pub use panel::{MissingJudge, Panel, ToJudge};
pub use pipeline::{Language, LanguageLoadError, Options, Pipeline, PipelineError};
pub use reward::{Combine, Design, Gate, JudgeEntry, Missing, Reward, RewardError};
pub use show::show;
pub use threads::{Threads, ThreadsError};
pub use workers::{InForce, WholeProgram, WorkerCommand, WorkerError, Workers, serve};
