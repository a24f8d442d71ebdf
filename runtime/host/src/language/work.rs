//! What the host does for an instance of a component, counted in fuel.
//!
//! The host's functions do not reach the instance's fuel, so what they cost is kept beside it and paid when the call of
//! the instance is over. An instance that owes more than it had when the call began ends before: as each of its
//! instructions costs at least a unit too, it never has more done for it than its fuel buys twice.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use wasmtime::{Store, Trap};

use super::side::Side;
use crate::fuel;

/// What the host's work costs, for an instance to have used up its fuel before the clock ends it, whatever it asks for:
/// about a unit for each nanosecond.
pub(super) mod price {
    /// A call of the host, whatever it does.
    pub(crate) const CALL: u64 = 2000;
    /// Something that is waited for.
    pub(crate) const WAIT: u64 = 128;
    /// A byte of a path: it is compared with others.
    pub(crate) const PATH: u64 = 4;
    /// Bytes that are only copied, for a unit.
    pub(crate) const COPIED: u64 = 8;
}

/// The books of one instance, which one thread at a time uses.
#[derive(Debug)]
pub(super) struct Work {
    owed: AtomicU64,
    /// What the instance may owe.
    allowed: AtomicU64,
}

impl Work {
    /// Nothing owed, by an instance that has so much fuel.
    pub(super) fn new(fuel: u64) -> Arc<Self> {
        Arc::new(Self {
            owed: AtomicU64::new(0),
            allowed: AtomicU64::new(fuel),
        })
    }

    /// Adds to what is owed.
    ///
    /// # Errors
    /// Where that is more than the instance can pay: it ends.
    pub(super) fn charge(&self, fuel: u64) -> Result<(), Trap> {
        let owed = self.owed.load(Relaxed).saturating_add(fuel);
        self.owed.store(owed, Relaxed);
        if owed > self.allowed.load(Relaxed) {
            return Err(Trap::OutOfFuel);
        }
        Ok(())
    }
}

/// Has the instance pay for what was done for it in a call that is over. One that cannot has used up its fuel, whatever
/// else came of the call.
///
/// # Errors
/// The call's own, and that the fuel is used up.
pub(super) fn paid<T>(store: &mut Store<Side>, done: wasmtime::Result<T>) -> wasmtime::Result<T> {
    let work = Arc::clone(&store.data().work);
    let owed = work.owed.swap(0, Relaxed);
    if !fuel::is_counted() {
        return done;
    }
    let left = store.get_fuel()?.checked_sub(owed);
    store.set_fuel(left.unwrap_or(0))?;
    work.allowed.store(left.unwrap_or(0), Relaxed);
    match left {
        Some(_) => done,
        None => Err(Trap::OutOfFuel.into()),
    }
}
