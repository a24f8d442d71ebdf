//! What was made lately, by digest, bounded by its weight.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use falcon_episode::Digest;

/// Cells that are filled once and dropped when they are the longest unused and there is too much.
pub(super) struct Recent<T> {
    capacity: usize,
    held: Mutex<Held<T>>,
}

struct Held<T> {
    cells: HashMap<Digest, Entry<T>>,
    clock: u64,
}

struct Entry<T> {
    cell: Arc<T>,
    weight: usize,
    used: u64,
}

impl<T: Default> Recent<T> {
    pub(super) fn new(capacity: usize) -> Self {
        let held = Held {
            cells: HashMap::new(),
            clock: 0,
        };
        Self {
            capacity,
            held: Mutex::new(held),
        }
    }

    /// The cell of a key: empty where there was none.
    pub(super) fn get(&self, key: Digest) -> Arc<T> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.clock += 1;
        let used = held.clock;
        let entry = held.cells.entry(key).or_insert_with(|| Entry {
            cell: Arc::default(),
            weight: 0,
            used,
        });
        entry.used = used;
        Arc::clone(&entry.cell)
    }

    /// Says what a cell weighs now that it is filled, and drops what is too much.
    pub(super) fn weigh(&self, key: Digest, weight: usize) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = held.cells.get_mut(&key) {
            entry.weight = weight;
        }
        let mut total: usize = held.cells.values().map(|entry| entry.weight).sum();
        while total > self.capacity {
            let oldest = held
                .cells
                .iter()
                .filter(|(other, entry)| **other != key && entry.weight > 0);
            let Some((oldest, weight)) = oldest
                .min_by_key(|(_, entry)| entry.used)
                .map(|(key, entry)| (*key, entry.weight))
            else {
                return;
            };
            held.cells.remove(&oldest);
            total -= weight;
        }
    }

    /// Drops all.
    pub(super) fn clear(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.cells.clear();
    }

    /// Drops a cell.
    pub(super) fn forget(&self, key: Digest) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.cells.remove(&key);
    }
}
