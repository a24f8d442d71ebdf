//! Whether instances count their fuel: always, but in a process of its own that measures what counting costs.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use wasmtime::Store;

static COUNTED: AtomicBool = AtomicBool::new(true);

/// Has this process leave fuel uncounted, to measure what counting costs: before its engine is made, and for programs that
/// are known, since nothing but the clock ends them then.
pub fn leave_fuel_uncounted() {
    COUNTED.store(false, Relaxed);
}

/// Whether it counts.
pub(crate) fn is_counted() -> bool {
    COUNTED.load(Relaxed)
}

/// Gives an instance its fuel, where it counts.
pub(crate) fn give<T: 'static>(store: &mut Store<T>, fuel: u64) -> wasmtime::Result<()> {
    if is_counted() {
        store.set_fuel(fuel)?;
    }
    Ok(())
}
