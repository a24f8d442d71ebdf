//! Time, chance and memory, as every instance of a language sees them.

use std::time::Duration;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};
use wasmtime::ResourceLimiter;

use super::Limits;
use crate::settings::TABLE_ELEMENTS;

/// 2026-01-01T00:00:00Z, when every program starts. Seconds since 1970.
const START: u64 = 1_767_225_600;
/// What each look at a clock adds, so that a loop that waits for time to pass ends. Nanoseconds.
const LOOK: u64 = 1_000;

/// Time and chance as the instance sees them.
pub(super) struct World {
    /// Nanoseconds since the instance began.
    elapsed: u64,
    pub(super) random: ChaCha8Rng,
}

impl World {
    /// The start of time.
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            elapsed: 0,
            random: ChaCha8Rng::seed_from_u64(limits.seed),
        }
    }

    /// Nanoseconds since the start. Each look adds some.
    pub(super) fn look(&mut self) -> u64 {
        self.elapsed = self.elapsed.saturating_add(LOOK);
        self.elapsed
    }

    /// The same without adding any.
    pub(super) fn elapsed(&self) -> u64 {
        self.elapsed
    }

    /// The time of day: since 1970.
    pub(super) fn now(&mut self) -> Duration {
        Duration::from_secs(START) + Duration::from_nanos(self.look())
    }

    /// A sleeping program does not wait: its clock jumps.
    pub(super) fn sleep_until(&mut self, when: u64) {
        self.elapsed = self.elapsed.max(when);
    }

    /// Random bytes.
    pub(super) fn fill(&mut self, bytes: &mut [u8]) {
        self.random.fill_bytes(bytes);
    }
}

/// What the instance may still take of memory and tables, all of its own together, and whether it was
/// refused any.
pub(super) struct Memory {
    left: usize,
    table_elements_left: usize,
    pub(super) refused: bool,
}

impl Memory {
    /// What these limits allow.
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            left: limits.memory,
            table_elements_left: TABLE_ELEMENTS,
            refused: false,
        }
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(take(
            &mut self.left,
            &mut self.refused,
            desired.saturating_sub(current),
        ))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let left = &mut self.table_elements_left;
        Ok(take(
            left,
            &mut self.refused,
            desired.saturating_sub(current),
        ))
    }
}

/// Takes from what is left, or refuses. Not a trap: the language turns it into its own error, which a
/// program may handle.
fn take(left: &mut usize, refused: &mut bool, more: usize) -> bool {
    let rest = left.checked_sub(more);
    *left = rest.unwrap_or(*left);
    *refused |= rest.is_none();
    rest.is_some()
}
