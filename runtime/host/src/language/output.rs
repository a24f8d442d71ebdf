//! A program's standard output and error: kept up to a limit.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamError, pipe::MemoryOutputPipe},
};

/// One stream. Clones share it.
#[derive(Clone)]
pub(super) struct Output {
    pipe: MemoryOutputPipe,
    limit: usize,
    exceeded: Arc<AtomicBool>,
}

/// Ends the program that writes past its limit.
#[derive(Debug, thiserror::Error)]
#[error("the program wrote more than {0} bytes")]
pub(super) struct OutputLimit(usize);

impl Output {
    /// A stream that keeps `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        // One byte more than is kept, so that a program that writes exactly its limit ends well.
        let pipe = MemoryOutputPipe::new(limit.saturating_add(1));
        Self {
            pipe,
            limit,
            exceeded: Arc::default(),
        }
    }

    /// Whether the program wrote more than the limit.
    pub(super) fn exceeded(&self) -> bool {
        self.exceeded.load(Ordering::Relaxed)
    }

    /// What was written, up to the limit.
    pub(super) fn kept(&self) -> Vec<u8> {
        let bytes = self.pipe.contents();
        bytes[..bytes.len().min(self.limit)].to_vec()
    }
}

impl Pollable for Output {
    fn ready<'a, 'b>(&'a mut self) -> Pin<Box<dyn Future<Output = ()> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(std::future::ready(()))
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> Result<(), StreamError> {
        self.pipe.write(bytes)
    }

    fn flush(&mut self) -> Result<(), StreamError> {
        Ok(())
    }

    fn check_write(&mut self) -> Result<usize, StreamError> {
        self.pipe.check_write().map_err(|_| {
            self.exceeded.store(true, Ordering::Relaxed);
            StreamError::Trap(wasmtime::Error::from(OutputLimit(self.limit)))
        })
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(self.pipe.clone())
    }
}
