//! Streams of files in memory.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, InputStream, OutputStream, Pollable, StreamError, StreamResult,
};

use super::{Work, price};
use crate::language::files::{File, Full, Room, errno};

/// Most bytes that are read or written at once.
pub(super) const PIECE: usize = 64 << 10;

/// Reads a file from a place on, as it is when it is read.
pub(super) fn reader(file: File, at: u64, work: &Arc<Work>) -> DynInputStream {
    Box::new(Reader {
        file,
        at,
        work: Arc::clone(work),
    })
}

/// Writes a file from a place on, or always at its end.
pub(super) fn writer(
    file: File,
    at: Option<u64>,
    room: &Arc<Room>,
    work: &Arc<Work>,
) -> DynOutputStream {
    Box::new(Writer {
        file,
        at,
        room: Arc::clone(room),
        work: Arc::clone(work),
    })
}

struct Reader {
    file: File,
    at: u64,
    work: Arc<Work>,
}

struct Writer {
    file: File,
    at: Option<u64>,
    room: Arc<Room>,
    work: Arc<Work>,
}

fn paid(work: &Work, fuel: u64) -> StreamResult<()> {
    work.charge(fuel)
        .map_err(|trap| StreamError::Trap(trap.into()))
}

impl InputStream for Reader {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let most = size.min(PIECE);
        let read = self.file.read(self.at, most, Bytes::copy_from_slice);
        if read.is_empty() && most > 0 {
            return Err(StreamError::Closed);
        }
        paid(&self.work, read.len() as u64 / price::COPIED)?;
        self.at += read.len() as u64;
        Ok(read)
    }
}

impl OutputStream for Writer {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        paid(&self.work, bytes.len() as u64 / price::COPIED)?;
        let at = self.at.unwrap_or_else(|| self.file.size());
        let written = self.file.write(at, &bytes);
        paid(&self.work, self.room.owed())?;
        match written {
            Ok(()) => {}
            Err(errno::NOSPC) => return Err(StreamError::Trap(Full.into())),
            Err(number) => {
                let why = wasmtime::Error::msg(format!("it cannot be written: error {number}"));
                return Err(StreamError::LastOperationFailed(why));
            }
        }
        if let Some(at) = &mut self.at {
            *at += bytes.len() as u64;
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PIECE)
    }
}

/// In memory all is ready.
macro_rules! ready {
    ($($stream:ty)*) => { $(
        impl Pollable for $stream {
            fn ready<'a, 'b>(&'a mut self) -> Pin<Box<dyn Future<Output = ()> + Send + 'b>>
            where
                'a: 'b,
                Self: 'b,
            {
                Box::pin(std::future::ready(()))
            }
        }
    )* };
}

ready!(Reader Writer);
