//! Native stack for instances.
//!
//! An interpreter uses the native stack for what its program nests: letting go of a linked list of
//! some thousand nodes overflows the megabyte that other hosts give. So instances run on threads of
//! our own, whose stacks are large; only the pages that are used cost memory.

use std::{cell::Cell, io, thread};

/// Native stack that one instance may use, in bytes.
pub(crate) const WASM: usize = 16 << 20;

/// Native stack of a thread that runs instances, in bytes: a test program and the candidate that it
/// calls use one after the other, and the host's own calls lie between.
pub const THREAD: usize = 2 * WASM + (8 << 20);

thread_local! {
    static AMPLE: Cell<bool> = const { Cell::new(false) };
}

/// Says that this thread was made with a stack of [`THREAD`] bytes, so that instances may run on it
/// directly. For the start of a pool's threads.
pub fn is_ample() {
    AMPLE.set(true);
}

/// Runs a function where instances may run: here, or on a thread made for it.
///
/// # Errors
/// Where no thread can be made.
pub(crate) fn ample<T: Send>(run: impl FnOnce() -> T + Send) -> io::Result<T> {
    if AMPLE.get() {
        return Ok(run());
    }
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("falcon-instance".to_owned())
            .stack_size(THREAD)
            .spawn_scoped(scope, || {
                AMPLE.set(true);
                run()
            })?;
        Ok(thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}
