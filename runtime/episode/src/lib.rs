//! The record of one attempt on one task, and the seams between the parts that append to it.
//!
//! An [`Episode`] is created once; language pack, judges and trainer each append to it.
//! This crate has no heavy dependency, so every other crate may use it.

mod cancel;
mod digest;
mod encoder;
mod episode;
mod files;
mod form;
pub mod memory;
mod seam;
mod submission;
mod uses;
mod verdict;

pub use cancel::Cancel;
pub use digest::{Digest, DigestError};
pub use encoder::{Encoder, MOST_DIMENSIONS};
pub use episode::{Credit, Diagnostic, Episode, Finding, JudgeScore, Severity, TestOutcome};
pub use falcon_value::{
    MAX_BYTES, MAX_DEPTH, MAX_VALUES, Value, ValueError, decode, decode_trusted, encode,
};
pub use files::{Files, FilesError};
pub use form::program_forms;
pub use seam::{
    Cancelled, Exemplar, Grader, HeldOut, Infrastructure, LongTermMemory, MemoryAsk, MemoryContext,
    MemoryItem, MemoryQuery, MemoryStatistics, Spent,
};
pub use submission::{Call, Compare, Harness, Stdio, Submission, Tests};
pub use uses::{HttpUse, LlmUse, Uses};
pub use verdict::Verdict;
