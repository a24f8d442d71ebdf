use std::collections::BTreeSet;

use super::{Options, Store, Writer};
use crate::{
    error::{MemoryError, Result},
    record::Record,
};

/// Bytes of the journal above which the table gets what it holds, however few items that are.
const JOURNAL_BYTES: u64 = 16 << 20;
/// Rows written together while all vectors are made again.
const EMBEDDED_TOGETHER: usize = 4096;

/// What the journal has and the table has not.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// Ids that the table does not have.
    pub(super) added: BTreeSet<String>,
    /// Ids that it has with other content.
    pub(super) changed: BTreeSet<String>,
    /// Ids that it has and must lose.
    pub(super) removed: BTreeSet<String>,
}

impl Pending {
    pub(super) fn len(&self) -> usize {
        self.added.len() + self.changed.len() + self.removed.len()
    }

    /// An item that entered; `stored` where the table has a row of its id.
    pub(super) fn put(&mut self, id: String, stored: bool) {
        if self.removed.remove(&id) || stored {
            self.changed.insert(id);
        } else {
            self.added.insert(id);
        }
    }

    /// An item whose utility or uses changed.
    pub(super) fn change(&mut self, id: &str) {
        if !self.added.contains(id) {
            self.changed.insert(id.to_owned());
        }
    }

    /// An item that left.
    pub(super) fn remove(&mut self, id: String) {
        self.changed.remove(&id);
        if !self.added.remove(&id) {
            self.removed.insert(id);
        }
    }
}

impl Writer {
    /// Whether the table is to get what it has not.
    pub(super) fn is_due(&self, options: &Options) -> bool {
        let bytes = self.journal.as_ref().map_or(0, super::Journal::bytes);
        self.pending.len() >= options.commit_every.max(1) || bytes > JOURNAL_BYTES
    }
}

impl Store {
    /// Gives the table all that the journal has, and starts the journal over. Readers do not wait.
    pub(super) fn commit(&self, writer: &mut Writer) -> Result<()> {
        if writer.stale || writer.journal.is_none() {
            return Ok(());
        }
        writer.stale = true;
        let commits = self.write_pending(&writer.pending)?;
        let counters = self.counters(&self.read());
        self.folder.set_counters(&counters)?;
        if let Some(journal) = &mut writer.journal {
            journal.start_over(&self.folder)?;
        }
        writer.pending = super::Pending::default();
        writer.commits += commits;
        writer.stale = false;
        if commits > 0 && writer.commits >= self.options.maintain_every {
            self.maintain_now(writer)?;
        }
        Ok(())
    }

    /// Joins small files, removes versions that no checkpoint needs, and makes the lists in which vectors
    /// are searched where there are so many items. Happens by itself every
    /// [`maintain_every`](super::Options::maintain_every) commits.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn maintain(&self) -> Result<()> {
        let mut writer = self.writer();
        self.prepare_write(&mut writer)?;
        self.commit(&mut writer)?;
        self.maintain_now(&mut writer)
    }

    /// Makes every stored vector again, by the present encoder. The table has all items.
    pub(super) fn embed_again(&self) -> Result<()> {
        let state = self.read();
        let records: Vec<&Record> = state.snapshot.records().collect();
        for records in records.chunks(EMBEDDED_TOGETHER) {
            self.run("embedding items again", self.items.upsert(records))?;
        }
        Ok(())
    }

    fn maintain_now(&self, writer: &mut Writer) -> Result<()> {
        self.run("compacting", self.items.maintain())?;
        writer.commits = 0;
        // Nothing is written meanwhile, so the rows are still these when the lists are set.
        let state = self.read();
        let lists = if state.snapshot.wants_lists(self.options.exact_up_to) {
            Some(state.snapshot.make_lists())
        } else if state.snapshot.len() <= self.options.exact_up_to {
            None
        } else {
            return Ok(());
        };
        drop(state);
        self.write().snapshot.set_lists(lists);
        Ok(())
    }

    /// Writes what is pending. Returns how many commits that took.
    fn write_pending(&self, pending: &Pending) -> Result<u32> {
        let records = |ids: &BTreeSet<String>| -> Vec<Record> {
            let state = self.read();
            let records = ids.iter().filter_map(|id| state.snapshot.get(id));
            let mut records: Vec<Record> = records.cloned().collect();
            records.sort_by_key(|record| record.sequence);
            records
        };
        let mut commits = 0;
        let added = records(&pending.added);
        if !added.is_empty() {
            let added: Vec<&Record> = added.iter().collect();
            self.run("writing items", self.items.append(&added))?;
            commits += 1;
        }
        let changed = records(&pending.changed);
        if !changed.is_empty() {
            let changed: Vec<&Record> = changed.iter().collect();
            let written = self.run("writing items", self.items.upsert(&changed))?;
            if written != changed.len() as u64 {
                let what = format!("a write of {} items reached {written} rows", changed.len());
                return Err(MemoryError::Corrupt {
                    folder: self.folder.path().to_owned(),
                    what,
                });
            }
            commits += 1;
        }
        if !pending.removed.is_empty() {
            let removed: Vec<String> = pending.removed.iter().cloned().collect();
            self.run("removing items", self.items.delete(&removed))?;
            commits += 1;
        }
        Ok(commits)
    }
}
