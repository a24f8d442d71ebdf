use std::collections::{BTreeMap, BTreeSet};

use falcon_episode::{HeldOut, MemoryItem};

use super::{State, Store};
use crate::{
    error::{MemoryError, Result},
    guard,
    policy::{Candidate, Decision, Item, Occupancy},
    record::{Record, id},
    retrieval::sight::Question,
};

/// Items of which a policy chooses who leaves: more would cost more than a better choice is worth.
const EVICTION_CANDIDATES: usize = 4096;
/// Utilities that wait for the next batch of items, at most.
const DIRTY_AT_MOST: usize = 1024;
/// Rows written together while all vectors are made again.
const EMBEDDED_TOGETHER: usize = 4096;

/// What a batch changes in the table.
#[derive(Default)]
pub(super) struct Change {
    /// Ids that the table does not have.
    added: BTreeSet<String>,
    /// Ids that it has and must lose.
    removed: Vec<String>,
}

impl Change {
    pub(super) fn add(&mut self, id: String) {
        self.added.insert(id);
    }

    fn remove(&mut self, id: String) {
        if !self.added.remove(&id) {
            self.removed.push(id);
        }
    }
}

impl Store {
    /// Adds tasks of which nothing must ever be stored, for good. See
    /// [`LongTermMemory::guard`](falcon_episode::LongTermMemory::guard).
    pub(super) fn hold_out(&self, tasks: &[HeldOut]) -> Result<()> {
        let mut state = self.write();
        let mut guard = state.guard.clone();
        let grown = guard.extend(tasks);
        let leaks = guard.leaks(state.snapshot.records().map(|record| &record.item));
        if !leaks.is_empty() {
            return Err(MemoryError::AlreadyLeaked {
                folder: self.folder.path().to_owned(),
                leaks,
            });
        }
        if grown && self.folder.writable() {
            self.folder.set_guard(&guard)?;
        }
        state.guard = guard;
        Ok(())
    }

    /// Offers items to the policy and stores what it keeps. Returns how many entered.
    pub(super) fn admit_items(&self, items: &[MemoryItem]) -> Result<usize> {
        let mut state = self.write();
        self.prepare_write(&mut state)?;
        let guard = &state.guard;
        let named = items.iter().filter(|item| guard.identity(item).is_some());
        let leaks = guard.leaks(named);
        if !leaks.is_empty() {
            return Err(MemoryError::Guarded { leaks });
        }
        if let Some(item) = items
            .iter()
            .find(|item| guard::behaviour(&item.behaviour).is_empty())
        {
            return Err(MemoryError::NoBehaviour {
                task_id: item.task_id.clone(),
            });
        }
        state.stale = true;
        let mut change = Change::default();
        let mut entered = 0;
        for item in items {
            match self.offer(&mut state, &mut change, item)? {
                None => entered += 1,
                Some(reason) => *state.counters.refused.entry(reason).or_insert(0) += 1,
            }
        }
        state.counters.admitted += entered;
        self.evict(&mut state, &mut change)?;
        self.commit(&mut state, change)?;
        state.stale = false;
        Ok(usize::try_from(entered).unwrap_or(usize::MAX))
    }

    /// Updates the utilities of items that were shown: id, reward with it, mean of its group. Items
    /// that have left meanwhile are passed over.
    pub(super) fn learn(&self, used: &[(String, f64, f64)]) -> Result<()> {
        let mut state = self.write();
        self.prepare_write(&mut state)?;
        for (id, with, group) in used {
            let Some(item) = state.snapshot.get(id).map(Record::to_item) else {
                continue;
            };
            let utility = self.policy.feedback(&item, *with, *group);
            let utility = utility.map_err(|source| policy_failed("updating a utility", source))?;
            if !utility.is_finite() {
                let source = format!("the utility of item {id} became {utility}").into();
                return Err(policy_failed("updating a utility", source));
            }
            if let Some(record) = state.snapshot.get_mut(id) {
                record.utility = utility;
                record.uses = record.uses.saturating_add(1);
            }
            state.dirty.insert(id.clone());
        }
        if state.dirty.len() >= DIRTY_AT_MOST {
            self.flush(&mut state)
        } else {
            Ok(())
        }
    }

    /// Writes utilities and counters that the disk does not have yet.
    pub(super) fn flush(&self, state: &mut State) -> Result<()> {
        if state.stale {
            return Ok(());
        }
        self.commit(state, Change::default())
    }

    /// Joins small files, removes versions that no checkpoint needs and brings the full-text index up to
    /// date. Happens by itself every [`maintain_every`](super::Options::maintain_every) commits.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn maintain(&self) -> Result<()> {
        let mut state = self.write();
        self.prepare_write(&mut state)?;
        self.flush(&mut state)?;
        self.maintain_now(&mut state)
    }

    /// Makes every stored vector again, by the present encoder.
    pub(super) fn embed_again(&self) -> Result<()> {
        let state = self.write();
        let records: Vec<&Record> = state.snapshot.records().collect();
        for records in records.chunks(EMBEDDED_TOGETHER) {
            self.run("embedding items again", self.items.upsert(records))?;
        }
        Ok(())
    }

    /// Refuses where this handle only reads; reads the table again after a write that failed.
    pub(super) fn prepare_write(&self, state: &mut State) -> Result<()> {
        if !self.folder.writable() {
            let why = "it was opened for reading".to_owned();
            return Err(MemoryError::ReadOnly {
                folder: self.folder.path().to_owned(),
                why,
            });
        }
        if state.stale {
            let counters = self.folder.counters()?.unwrap_or_default();
            self.load(state, counters)?;
        }
        Ok(())
    }

    /// Offers one item. Returns why it was refused, if it was.
    fn offer(
        &self,
        state: &mut State,
        change: &mut Change,
        item: &MemoryItem,
    ) -> Result<Option<String>> {
        if !item.score.is_finite() || item.scores.values().any(|score| !score.is_finite()) {
            return Ok(Some("a score is not a number".to_owned()));
        }
        if state.guard.program(item).is_some() {
            return Ok(Some("it solves an evaluation task".to_owned()));
        }
        if state.snapshot.get(&id(item)).is_some() {
            return Ok(Some("already known".to_owned()));
        }
        let record = Record::new(item.clone(), state.counters.newest + 1);
        let question = Question {
            prompt: item.prompt.clone(),
            project: item.project.clone(),
            language: item.language.clone(),
            ..Question::default()
        };
        let neighbours = state.snapshot.nearest(&[question], self.options.neighbours);
        let neighbours: Vec<Candidate> = neighbours.into_iter().flatten().collect();
        let decision = self.policy.admit(&record.to_item(), &neighbours);
        match decision.map_err(|source| policy_failed("admitting an item", source))? {
            Decision::Refuse { reason } => return Ok(Some(reason)),
            Decision::Keep { .. } => {}
            Decision::Replace { victim, .. } => {
                if !neighbours
                    .iter()
                    .any(|neighbour| neighbour.item.id == victim)
                {
                    let source =
                        format!("it replaces {victim:?}, which is not among the neighbours").into();
                    return Err(policy_failed("admitting an item", source));
                }
                state.forget(&victim, change);
                state.counters.replaced += 1;
            }
        }
        state.counters.newest += 1;
        change.add(record.id.clone());
        state.snapshot.insert(record);
        Ok(None)
    }

    /// Lets the policy choose who leaves while memory is over capacity; the oldest fill up its choice.
    pub(super) fn evict(&self, state: &mut State, change: &mut Change) -> Result<()> {
        let over = state.snapshot.len().saturating_sub(self.options.capacity);
        if over == 0 {
            return Ok(());
        }
        let occupancy = Occupancy {
            items: state.snapshot.len() as u64,
            capacity: self.options.capacity as u64,
            newest: state.counters.newest,
        };
        let candidates = state.eviction_candidates();
        let chosen = self.policy.evict(occupancy, &candidates);
        let chosen = chosen.map_err(|source| policy_failed("evicting items", source))?;
        let known: BTreeSet<&str> = candidates.iter().map(|item| item.id.as_str()).collect();
        if let Some(stranger) = chosen.iter().find(|id| !known.contains(id.as_str())) {
            let source = format!("it evicts {stranger:?}, which is not a candidate").into();
            return Err(policy_failed("evicting items", source));
        }
        let chosen: BTreeSet<String> = chosen.into_iter().collect();
        let missing = over.saturating_sub(chosen.len());
        let rest = state
            .snapshot
            .records()
            .map(|record| &record.id)
            .filter(|id| !chosen.contains(*id));
        let rest: Vec<String> = rest.take(missing).cloned().collect();
        for id in chosen.iter().chain(&rest) {
            state.forget(id, change);
            state.counters.evicted += 1;
        }
        Ok(())
    }

    /// Writes a change, the waiting utilities and the counters.
    pub(super) fn commit(&self, state: &mut State, change: Change) -> Result<()> {
        let dirty = std::mem::take(&mut state.dirty);
        let ids: BTreeSet<&String> = change.added.iter().chain(&dirty).collect();
        let mut records: Vec<&Record> =
            ids.iter().filter_map(|id| state.snapshot.get(id)).collect();
        records.sort_by_key(|record| record.sequence);
        let doing = "writing items";
        let mut commits = 0;
        if !records.is_empty() && dirty.is_empty() {
            self.run(doing, self.items.append(&records))?;
            commits += 1;
        } else if !records.is_empty() {
            let written = self.run(doing, self.items.upsert(&records));
            let written = match written {
                Ok(written) => written,
                Err(error) => {
                    state.dirty = dirty;
                    return Err(error);
                }
            };
            if written != records.len() as u64 {
                let what = format!("a write of {} items reached {written} rows", records.len());
                return Err(MemoryError::Corrupt {
                    folder: self.folder.path().to_owned(),
                    what,
                });
            }
            commits += 1;
        }
        if !change.removed.is_empty() {
            self.run("removing items", self.items.delete(&change.removed))?;
            commits += 1;
        }
        self.folder.set_counters(&self.counters(state))?;
        state.commits += commits;
        if commits > 0 && state.commits >= self.options.maintain_every {
            self.maintain_now(state)?;
        }
        Ok(())
    }

    fn maintain_now(&self, state: &mut State) -> Result<()> {
        self.run("compacting", self.items.maintain())?;
        state.commits = 0;
        Ok(())
    }
}

impl State {
    fn forget(&mut self, id: &str, change: &mut Change) {
        if self.snapshot.remove(id).is_some() {
            self.dirty.remove(id);
            change.remove(id.to_owned());
        }
    }

    /// All items, or as many as a policy is asked about, drawn by the hash that each id is.
    fn eviction_candidates(&self) -> Vec<Item> {
        if self.snapshot.len() <= EVICTION_CANDIDATES {
            return self.snapshot.records().map(Record::to_item).collect();
        }
        let salt = self.counters.newest.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let draw = |record: &Record| {
            let head = record
                .id
                .get(..16)
                .and_then(|head| u64::from_str_radix(head, 16).ok());
            (head.unwrap_or(0) ^ salt, record.sequence)
        };
        let drawn: BTreeMap<(u64, u64), &Record> = self
            .snapshot
            .records()
            .map(|record| (draw(record), record))
            .collect();
        drawn
            .into_values()
            .take(EVICTION_CANDIDATES)
            .map(Record::to_item)
            .collect()
    }
}

pub(super) fn policy_failed(
    doing: &'static str,
    source: crate::policy::PolicyError,
) -> MemoryError {
    MemoryError::Policy { doing, source }
}
