//! What one call took of its limits.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What one call took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Fuel, in wasmtime units.
    pub fuel: u64,
    /// Linear memory in bytes, the image that the instance starts with included.
    pub memory: u64,
}

/// Where a call leaves what it took, on whichever thread it runs.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    fuel: AtomicU64,
    memory: AtomicU64,
}

impl Taken {
    pub(crate) fn put(&self, usage: Usage) {
        self.fuel.store(usage.fuel, Relaxed);
        self.memory.store(usage.memory, Relaxed);
    }

    pub(crate) fn get(&self) -> Usage {
        Usage {
            fuel: self.fuel.load(Relaxed),
            memory: self.memory.load(Relaxed),
        }
    }
}
