use falcon_episode::MemoryItem;
use serde::Serialize;

use super::{Store, write::Change};
use crate::{
    error::{MemoryError, Result},
    guard,
    record::{Record, id},
};

/// What became of items that were imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Items that entered.
    pub entered: u64,
    /// Items that were there already.
    pub known: u64,
}

/// Items written together.
const TOGETHER: usize = 4096;

impl Store {
    /// Takes in items of another memory with what was learnt of them, in their order. The memory policy is not asked whether
    /// they enter, but who leaves where there are too many; the guard is, of all of them before the first enters.
    ///
    /// # Errors
    /// With every item that is of an evaluation task; where an item has no behaviour; where the store cannot be written.
    pub fn import(&self, records: &[Record]) -> Result<Imported> {
        let mut writer = self.writer();
        self.prepare_write(&mut writer)?;
        let items = records.iter().map(|record| &record.item);
        let leaks = self.read().guard.leaks(items.clone());
        if !leaks.is_empty() {
            return Err(MemoryError::Guarded { leaks });
        }
        let unknown = |item: &&MemoryItem| guard::behaviour(&item.behaviour).is_empty();
        if let Some(item) = items.clone().find(unknown) {
            return Err(MemoryError::NoBehaviour {
                task_id: item.task_id.clone(),
            });
        }
        let mut imported = Imported::default();
        for batch in records.chunks(TOGETHER) {
            self.prepare_write(&mut writer)?;
            let given: Vec<&MemoryItem> = batch.iter().map(|given| &given.item).collect();
            let keys = self.keys(&given);
            let mut state = self.write();
            writer.stale = true;
            let mut change = Change::default();
            let before = imported.entered;
            for (given, keys) in batch.iter().zip(keys) {
                if state.snapshot.get(&id(&given.item)).is_some() {
                    imported.known += 1;
                    continue;
                }
                state.counters.newest += 1;
                let record = Record {
                    utility: given.utility,
                    uses: given.uses,
                    ..Record::new(given.item.clone(), state.counters.newest)
                };
                change.add(record.id.clone());
                state.snapshot.insert(record, keys);
                imported.entered += 1;
            }
            state.counters.admitted += imported.entered - before;
            self.evict(&mut state, &mut change)?;
            self.acknowledge(&state, &mut writer, change)?;
            writer.stale = false;
        }
        Ok(imported)
    }
}
