use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
};

use super::{Pending, State, Store, Writer};
use crate::{
    counters::Counters,
    error::{MemoryError, Result},
    journal::{self, Entry},
    record::Record,
    retrieval::snapshot::{ById, Snapshot},
};

impl Store {
    /// Makes the state that of the table and of the journal after it. Questions are answered as before while the table is read.
    pub(super) fn load(
        &self,
        writer: &mut Writer,
        counters: Counters,
        entries: Vec<Entry>,
    ) -> Result<()> {
        let rows = self.rows()?;
        self.fill(&mut self.write(), writer, counters, rows, entries)
    }

    /// The table's rows. Reading them may take as long as object storage does, so nobody holds the state meanwhile.
    pub(super) fn rows(&self) -> Result<Vec<Record>> {
        self.run("reading the items", self.items.scan())
    }

    /// Makes the state that of these rows and of the journal after them.
    pub(super) fn fill(
        &self,
        state: &mut State,
        writer: &mut Writer,
        mut counters: Counters,
        rows: Vec<Record>,
        entries: Vec<Entry>,
    ) -> Result<()> {
        let count = rows.len();
        let mut records: BTreeMap<String, Record> = BTreeMap::new();
        records.extend(rows.into_iter().map(|record| (record.id.clone(), record)));
        if records.len() != count {
            let what = format!("{count} rows have only {} ids", records.len());
            return Err(MemoryError::Corrupt {
                folder: self.folder.path().to_owned(),
                what,
            });
        }
        let stored: BTreeSet<String> = if entries.is_empty() {
            BTreeSet::new()
        } else {
            records.keys().cloned().collect()
        };
        let mut pending = Pending::default();
        if let Some(last) = entries.last() {
            counters = Counters {
                history: counters.history,
                ..last.counters.clone()
            };
        }
        for entry in entries {
            replay(entry, &mut records, &mut pending, &stored);
        }
        let newest = records.values().map(|record| record.sequence).max();
        counters.newest = counters.newest.max(newest.unwrap_or(0));
        self.retrievals
            .store(counters.retrievals, Ordering::Relaxed);
        self.answered.store(counters.answered, Ordering::Relaxed);
        let learned = state.snapshot.learned().map(|learned| {
            let encoded = state.snapshot.encoded();
            let known: ById = encoded
                .map(|(record, it)| (record.id.clone(), *it))
                .collect();
            (Arc::clone(learned.encoder()), known)
        });
        state.snapshot = Snapshot::new(records.into_values().collect());
        if let Some((encoder, known)) = learned {
            state.snapshot.learn(encoder, &known);
        }
        state.counters = counters;
        writer.pending = pending;
        writer.stale = false;
        Ok(())
    }

    /// Refuses where this handle only reads. Reads table and journal again after a write that failed,
    /// and gives the table what has waited long enough: before a write, so that a disk that has no
    /// more space refuses a write as a whole.
    pub(super) fn prepare_write(&self, writer: &mut Writer) -> Result<()> {
        if writer.journal.is_none() {
            let why = "it was opened for reading".to_owned();
            return Err(MemoryError::ReadOnly {
                folder: self.folder.path().to_owned(),
                why,
            });
        }
        self.reload_if_stale(writer)?;
        if writer.is_due(&self.options) {
            self.commit(writer)?;
        }
        Ok(())
    }

    pub(super) fn reload_if_stale(&self, writer: &mut Writer) -> Result<()> {
        if !writer.stale {
            return Ok(());
        }
        self.run("reading the items", self.items.refresh())?;
        let counters = self.folder.counters()?.unwrap_or_default();
        let entries = journal::read(&self.folder)?.map(|found| found.entries);
        self.load(writer, counters, entries.unwrap_or_default())
    }

    /// The counters with those that are kept beside the state.
    pub(super) fn counters(&self, state: &State) -> Counters {
        Counters {
            retrievals: self.retrievals.load(Ordering::Relaxed),
            answered: self.answered.load(Ordering::Relaxed),
            ..state.counters.clone()
        }
    }
}

/// One entry of the journal over what is known so far. The table may have it already.
fn replay(
    entry: Entry,
    records: &mut BTreeMap<String, Record>,
    pending: &mut Pending,
    stored: &BTreeSet<String>,
) {
    for id in entry.removed {
        records.remove(&id);
        pending.remove(id.clone());
        if stored.contains(&id) {
            pending.removed.insert(id);
        }
    }
    for record in entry.put.into_iter().map(Record::from) {
        pending.put(record.id.clone(), stored.contains(&record.id));
        records.insert(record.id.clone(), record);
    }
    for (id, utility, uses) in entry.used {
        if let Some(record) = records.get_mut(&id) {
            record.utility = utility;
            record.uses = uses;
            pending.change(&id);
        }
    }
}
