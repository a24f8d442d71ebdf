//! What a parent asks of a worker.

use std::{borrow::Cow, path::PathBuf};

use falcon_episode::{Digest, Submission};
use falcon_host::language::Limits;
use serde::{Deserialize, Serialize};

/// The first frame to a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Setup {
    /// The language packs' files, with the digests that they must have.
    pub(super) packs: Vec<(PathBuf, Digest)>,
}

/// One program to run.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Work<'a> {
    /// Which of the packs, by its place in the setup.
    pub(super) pack: usize,
    /// The program and its tests.
    pub(super) submission: Cow<'a, Submission>,
    /// What it may use.
    pub(super) limits: Cow<'a, Limits>,
}
