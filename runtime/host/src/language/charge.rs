//! What the host's own work for an instance is charged.
//!
//! An instance's fuel counts its instructions and nothing of what the host does when it is called. A loop of calls
//! would be ended by wall-clock time long before its fuel was used up, and would be nobody's fault. So calls are
//! charged about the fuel that their time is worth, from an allowance of their own that is as large as the
//! instance's fuel: a store's fuel cannot be reached from where the host works.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use wasmtime::Trap;

/// A call of the host that does next to nothing: a look at a clock, a number drawn.
pub(super) const CALL: u64 = 2_000;
/// A wait, with the poll and the drop of what is waited for.
pub(super) const WAIT: u64 = 40_000;
/// A use of a stream, which takes a turn of the host's executor.
pub(super) const STREAM: u64 = 20_000;
/// Each byte that is drawn, read or written.
pub(super) const BYTE: u64 = 10;

/// The allowance of one instance. Clones share it.
#[derive(Clone)]
pub(super) struct Charge {
    used: Arc<AtomicU64>,
    limit: u64,
}

impl Charge {
    /// An allowance of so much fuel.
    pub(super) fn new(limit: u64) -> Self {
        Self {
            used: Arc::default(),
            limit,
        }
    }

    /// Takes for a call, and for so many bytes.
    ///
    /// # Errors
    /// Where the allowance is used up: the end of the instance, as where its fuel is.
    pub(super) fn take(&self, call: u64, bytes: u64) -> Result<(), Trap> {
        let fuel = call.saturating_add(bytes.saturating_mul(BYTE));
        let used = self.used().saturating_add(fuel);
        self.used.store(used, Ordering::Relaxed);
        if used > self.limit {
            return Err(Trap::OutOfFuel);
        }
        Ok(())
    }

    /// Fuel taken so far.
    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }
}
