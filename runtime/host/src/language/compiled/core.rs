//! The data of a core module's store: what a tool, or a program that was compiled, may touch.

use falcon_episode::{TestOutcome, Verdict};
use wasmtime::{Engine, Store};

use super::{descriptors::Descriptors, program::Candidate};
use crate::{
    fuel,
    language::{
        Within,
        bindings::falcon::language::exchange::Raised,
        files::Files,
        within,
        world::{Memory, World},
    },
};

/// What one instance may touch.
pub(super) struct Core {
    pub(super) world: World,
    pub(super) memory: Memory,
    pub(super) files: Files,
    pub(super) descriptors: Descriptors,
    pub(super) arguments: Vec<String>,
    pub(super) stdin: Vec<u8>,
    /// How much of it was read.
    pub(super) stdin_at: usize,
    pub(super) stdout: Kept,
    pub(super) stderr: Kept,
    /// Fuel that the host's own work for the instance costs, not paid yet; see [`price`].
    pub(super) owed: u64,
    /// What the program said of its own end.
    pub(super) fault: Option<Raised>,
    /// What the module may fetch: the request, or the answer to its own.
    pub(super) input: Vec<u8>,
    /// What it answered.
    pub(super) output: Option<Vec<u8>>,
    /// The test side: the program's instance.
    pub(super) candidate: Option<Box<Candidate>>,
    /// The test side: its checks so far.
    pub(super) checks: Vec<TestOutcome>,
    /// The test side: what the program returned that was no plain data.
    pub(super) not_plain: Option<String>,
}

/// What the host's work for an instance costs in fuel, for it to have used up its fuel before the clock ends it, whatever
/// it asks for: at most a nanosecond for each unit, where WebAssembly takes about a tenth.
pub(super) mod price {
    /// A call, whatever it does.
    pub(crate) const CALL: u64 = 500;
    /// A byte of a path: it is compared with others.
    pub(crate) const PATH: u64 = 4;
    /// A buffer that is read or written, however short.
    pub(crate) const BUFFER: u64 = 64;
    /// Something that is waited for.
    pub(crate) const WAIT: u64 = 128;
    /// A byte of plain data that the host decodes: it may be a value of its own.
    pub(crate) const DECODED: u64 = 16;
}

/// What is kept of an output stream.
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    limit: usize,
    /// Whether the rest is dropped, rather than ending the instance.
    lenient: bool,
}

/// Ends the instance that writes past its limit.
#[derive(Debug, thiserror::Error)]
#[error("the program wrote more than {0} bytes")]
pub(super) struct OutputLimit(pub(super) usize);

/// Ends the instance that asks for it.
#[derive(Debug, thiserror::Error)]
#[error("exit code {0}")]
pub(super) struct Exit(pub(super) i32);

/// Ends the instance that does what nothing honest does.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Refused {
    pub(super) verdict: Verdict,
    pub(super) message: String,
}

impl Core {
    /// A store for one fresh instance.
    pub(super) fn store(
        engine: &Engine,
        within: Within<'_>,
        files: Files,
        arguments: Vec<String>,
        stdin: Vec<u8>,
        lenient: bool,
    ) -> wasmtime::Result<Store<Self>> {
        let limits = within.limits;
        let kept = || Kept {
            bytes: Vec::new(),
            limit: limits.output,
            lenient,
        };
        let core = Self {
            world: World::new(limits),
            memory: Memory::new(limits),
            descriptors: Descriptors::new(&files),
            files,
            arguments,
            stdin,
            stdin_at: 0,
            stdout: kept(),
            stderr: kept(),
            owed: 0,
            fault: None,
            input: Vec::new(),
            output: None,
            candidate: None,
            checks: Vec::new(),
            not_plain: None,
        };
        let mut store = Store::new(engine, core);
        store.limiter(|core| &mut core.memory);
        fuel::give(&mut store, limits.fuel)?;
        within::watch(&mut store, limits.epochs, within.cancel);
        Ok(store)
    }
}

impl Kept {
    /// Whether what is too much is dropped: for tools, which are told of limits, where programs end by them.
    pub(super) fn lenient(&self) -> bool {
        self.lenient
    }

    /// Keeps more.
    pub(super) fn write(&mut self, bytes: &[u8]) -> wasmtime::Result<()> {
        let room = self.limit - self.bytes.len();
        self.bytes
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room && !self.lenient {
            return Err(OutputLimit(self.limit).into());
        }
        Ok(())
    }
}
