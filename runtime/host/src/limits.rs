//! What one call of a plugin may use.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Limits of one call. Fuel decides; the time is a safety net, since it depends on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fuel, in wasmtime units: one for most WebAssembly instructions, more for calls and growing memory.
    pub fuel: u64,
    /// Linear memory of the instance in bytes, all of its memories together.
    pub memory: usize,
    /// Elements of the instance's tables, all together.
    pub table_elements: usize,
    /// Wall-clock time after which the call is ended.
    pub timeout: Duration,
}

impl Default for Limits {
    /// For judges and memory policies: a thousand million units, 64 MiB, 10 seconds.
    fn default() -> Self {
        Self {
            fuel: 1_000_000_000,
            memory: 64 << 20,
            table_elements: 100_000,
            timeout: Duration::from_secs(10),
        }
    }
}

/// Counts what an instance takes against its limits.
#[derive(Debug)]
pub(crate) struct Meter {
    memory_left: usize,
    table_left: usize,
}

/// Ends the instance that asks for more memory than its limit.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("asked for more memory than its limit")]
pub(crate) struct MemoryRefused;

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory_left: limits.memory,
            table_left: limits.table_elements,
        }
    }
}

impl Meter {
    /// Bytes of memory that the instance has taken.
    pub(crate) fn memory(&self, limits: &Limits) -> u64 {
        limits.memory.saturating_sub(self.memory_left) as u64
    }
}

fn take(left: &mut usize, current: usize, desired: usize) -> wasmtime::Result<bool> {
    let more = desired.saturating_sub(current);
    *left = left.checked_sub(more).ok_or(MemoryRefused)?;
    Ok(true)
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        take(&mut self.memory_left, current, desired)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(MemoryRefused.into())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        take(&mut self.table_left, current, desired)
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(MemoryRefused.into())
    }
}
