//! The instance's standard input and output, for packs in pure Rust: `std::io` has none for this target.
//!
//! In a plugin they are two functions of WASI preview 1, which `falcon plugin build` adapts to what the host serves to
//! language packs. Elsewhere, in a pack's own tests, they are the process's.

#![allow(unsafe_code, reason = "two functions of WASI take pointers")]

use std::io::{self, Read, Write};

/// Standard input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stdin;

/// Standard output.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stdout;

#[cfg(target_arch = "wasm32")]
mod wasi {
    /// A piece of memory that is written from or read into.
    #[repr(C)]
    pub(super) struct Piece {
        pub(super) start: *const u8,
        pub(super) size: usize,
    }

    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        pub(super) fn fd_read(
            file: i32,
            pieces: *const Piece,
            count: usize,
            done: *mut usize,
        ) -> i32;
        pub(super) fn fd_write(
            file: i32,
            pieces: *const Piece,
            count: usize,
            done: *mut usize,
        ) -> i32;
    }

    pub(super) fn done(code: i32, bytes: usize) -> std::io::Result<usize> {
        match code {
            0 => Ok(bytes),
            code => Err(std::io::Error::other(format!("WASI says {code}"))),
        }
    }
}

impl Read for Stdin {
    #[cfg(target_arch = "wasm32")]
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let (piece, mut bytes) = (
            wasi::Piece {
                start: into.as_mut_ptr(),
                size: into.len(),
            },
            0,
        );
        // SAFETY: the piece is all of `into`, which is borrowed for writing during the call.
        let code = unsafe { wasi::fd_read(0, &raw const piece, 1, &raw mut bytes) };
        wasi::done(code, bytes)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        io::stdin().read(into)
    }
}

impl Write for Stdout {
    #[cfg(target_arch = "wasm32")]
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        let (piece, mut bytes) = (
            wasi::Piece {
                start: from.as_ptr(),
                size: from.len(),
            },
            0,
        );
        // SAFETY: the piece is all of `from`, which is borrowed during the call.
        let code = unsafe { wasi::fd_write(1, &raw const piece, 1, &raw mut bytes) };
        wasi::done(code, bytes)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        io::stdout().write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
