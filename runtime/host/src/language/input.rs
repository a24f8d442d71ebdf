//! A program's standard input: bytes in memory, each use of which is charged.

use std::{future::Future, pin::Pin};

use bytes::Bytes;
use wasmtime_wasi::{
    cli::{IsTerminal, StdinStream},
    p2::{InputStream, Pollable, StreamError, pipe::MemoryInputPipe},
};

use super::charge::{Charge, STREAM};

/// The stream. Clones share what is left of it.
#[derive(Clone)]
pub(super) struct Input {
    pipe: MemoryInputPipe,
    charge: Charge,
}

impl Input {
    /// A stream of these bytes.
    pub(super) fn new(bytes: &[u8], charge: Charge) -> Self {
        Self {
            pipe: MemoryInputPipe::new(bytes.to_vec()),
            charge,
        }
    }
}

impl InputStream for Input {
    fn read(&mut self, size: usize) -> Result<Bytes, StreamError> {
        let read = self.pipe.read(size);
        let bytes = read.as_ref().map_or(0, Bytes::len);
        self.charge
            .take(STREAM, bytes as u64)
            .map_err(|trap| StreamError::Trap(trap.into()))?;
        read
    }
}

impl Pollable for Input {
    fn ready<'a, 'b>(&'a mut self) -> Pin<Box<dyn Future<Output = ()> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(std::future::ready(()))
    }
}

impl IsTerminal for Input {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdinStream for Input {
    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn tokio::io::AsyncRead + Send + Sync> {
        Box::new(self.pipe.clone())
    }
}
