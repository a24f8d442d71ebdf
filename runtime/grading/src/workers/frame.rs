//! What parent and worker say to each other: frames of a length and a postcard-encoded message.

use std::{
    borrow::Cow,
    io::{self, Read, Write},
    path::PathBuf,
};

use falcon_episode::{Digest, Submission};
use falcon_host::language::{Limits, Prepared, ProgramRun};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::InForce;
use crate::execute::Execution;

/// Longest frame to a worker, in bytes: a program, its tests, its input, and what its pack needs for it.
pub(super) const MAX_WORK: usize = 256 << 20;

/// Longest frame from a worker, in bytes. A worker that was taken over cannot make its parent allocate
/// without end: read, a frame takes some thirty times as much.
pub(super) const MAX_ANSWER: usize = 32 << 20;

/// The first frame to a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Setup {
    /// The language packs' files, with the digests that they must have.
    pub(super) packs: Vec<(PathBuf, Digest)>,
}

/// A worker's first answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Started {
    /// It takes work.
    Ready(InForce),
    /// It cannot.
    Failed(String),
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
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Done {
    /// The program ran against its tests.
    Executed(Execution),
    /// It ran from standard input to standard output.
    Ran(ProgramRun),
    /// The sandbox failed: the worker ends after this.
    Failed(String),
}

/// Writes one message.
pub(super) fn send(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    // The length is filled in when the rest is there, so that one write does.
    let mut bytes = postcard::to_extend(message, vec![0; 4]).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len() - 4)
        .ok()
        .filter(|length| *length as usize <= MAX_WORK)
        .ok_or_else(|| io::Error::other("the message is too long for a worker process"))?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    to.write_all(&bytes)?;
    to.flush()
}

/// Reads one message of at most so many bytes; none where the other side is gone.
pub(super) fn receive<T: DeserializeOwned>(
    from: &mut impl Read,
    most: usize,
) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > most {
        return Err(io::Error::other("a message longer than any should be"));
    }
    let mut bytes = Vec::new();
    from.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let (message, rest) = postcard::take_from_bytes(&bytes).map_err(io::Error::other)?;
    if rest.is_empty() {
        Ok(Some(message))
    } else {
        Err(io::Error::other("a message with more in it than it says"))
    }
}
