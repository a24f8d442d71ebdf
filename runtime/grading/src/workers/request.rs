//! What a parent asks of a worker.

use std::{borrow::Cow, path::PathBuf};

use falcon_episode::{Digest, Files, Submission};
use falcon_host::language::{Limits, Prepared};
use serde::{Deserialize, Serialize};

/// The first frame to a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Setup {
    /// The language packs' files, with the digests that they must have.
    pub(super) packs: Vec<(PathBuf, Digest)>,
}

/// One program, and what to do with it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Work<'a> {
    /// Which of the packs, by its place in the setup.
    pub(super) pack: usize,
    /// What to do.
    pub(super) task: Task<'a>,
    /// What it may use.
    pub(super) limits: Cow<'a, Limits>,
    /// What the pack needs for it and was not sent before.
    pub(super) prepared: Vec<Prepared>,
    /// Whether that takes the place of what was sent before.
    pub(super) instead: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[allow(
    clippy::large_enum_variant,
    reason = "one at a time, on its way through a pipe"
)]
pub(super) enum Task<'a> {
    /// Run it against its tests.
    Execute(Cow<'a, Submission>),
    /// Run it from standard input to standard output.
    Run(Cow<'a, WholeProgram>),
}

/// A whole program and its input.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct WholeProgram {
    /// Its text.
    pub source: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its standard input.
    pub stdin: Vec<u8>,
    /// The files that it finds.
    pub files: Files,
}
