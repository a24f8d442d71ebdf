use std::collections::BTreeSet;

use falcon_episode::{HeldOut, MemoryItem};

use super::{State, Store, Writer};
use crate::{
    counters::Counters,
    error::{MemoryError, Result},
    guard,
    journal::{Entry, Row},
    policy::{Candidate, Decision, Item, Occupancy, PolicyError},
    record::{Record, id},
    retrieval::{keys::Keys, sight::Question},
};

/// Items of which a policy chooses who leaves: more would cost more than a better choice is worth.
const EVICTION_CANDIDATES: usize = 4096;
/// One item in so many leaves beyond what capacity asks for when memory is full.
const EVICTED_AHEAD: usize = 128;

/// What a batch changes.
#[derive(Default)]
pub(super) struct Change {
    /// Ids that entered.
    added: BTreeSet<String>,
    /// Ids that left, of those that were there before.
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
        // Nothing enters meanwhile.
        let _writer = self.writer();
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
        let mut writer = self.writer();
        self.prepare_write(&mut writer)?;
        let keys = self.keys(&items.iter().collect::<Vec<_>>());
        let mut state = self.write();
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
        writer.stale = true;
        let mut change = Change::default();
        let mut entered = 0;
        for (item, keys) in items.iter().zip(keys) {
            match self.offer(&mut state, &mut change, item, keys)? {
                None => entered += 1,
                Some(reason) => state.counters.refuse(&reason),
            }
        }
        state.counters.admitted += entered;
        self.evict(&mut state, &mut change)?;
        self.acknowledge(&state, &mut writer, change)?;
        writer.stale = false;
        Ok(usize::try_from(entered).unwrap_or(usize::MAX))
    }

    /// Updates the utilities of items that were shown: id, reward with it, mean of its group. Items
    /// that have left meanwhile are passed over.
    pub(super) fn learn(&self, used: &[(String, f64, f64)]) -> Result<()> {
        let mut writer = self.writer();
        self.prepare_write(&mut writer)?;
        let mut state = self.write();
        writer.stale = true;
        let mut entry = Entry::default();
        for (id, with, group) in used {
            let Some(item) = state.snapshot.get(id).map(Record::to_item) else {
                continue;
            };
            let utility = self.policy.feedback(&item, *with, *group);
            let failed = |source| self.policy_failed("updating a utility", source);
            let utility = utility.map_err(failed)?;
            if !utility.is_finite() {
                let source = format!("the utility of item {id} became {utility}").into();
                return Err(failed(source));
            }
            if let Some(record) = state.snapshot.get_mut(id) {
                record.utility = utility;
                record.uses = record.uses.saturating_add(1);
                entry.used.push((id.clone(), utility, record.uses));
            }
        }
        if !entry.used.is_empty() {
            entry.counters = self.acknowledged(&state);
            self.write_ahead(&mut writer, &entry)?;
            for (id, ..) in &entry.used {
                writer.pending.change(id);
            }
        }
        writer.stale = false;
        Ok(())
    }

    /// Puts a change into the journal: from then on it survives this process.
    pub(super) fn acknowledge(
        &self,
        state: &State,
        writer: &mut Writer,
        change: Change,
    ) -> Result<()> {
        let put = change.added.iter().filter_map(|id| state.snapshot.get(id));
        let mut put: Vec<Record> = put.cloned().collect();
        put.sort_by_key(|record| record.sequence);
        let put = put.into_iter().map(Row::from).collect();
        let entry = Entry {
            put,
            used: Vec::new(),
            removed: change.removed,
            counters: self.acknowledged(state),
        };
        self.write_ahead(writer, &entry)?;
        for id in entry.removed {
            writer.pending.remove(id);
        }
        for id in change.added {
            writer.pending.put(id, false);
        }
        Ok(())
    }

    /// The counters as an entry has them: the history is of checkpoints, and too much for each write.
    fn acknowledged(&self, state: &State) -> Counters {
        Counters {
            history: Vec::new(),
            ..self.counters(state)
        }
    }

    fn write_ahead(&self, writer: &mut Writer, entry: &Entry) -> Result<()> {
        match &mut writer.journal {
            Some(journal) => journal.append(&self.folder, entry),
            None => Ok(()),
        }
    }

    /// Offers one item. Returns why it was refused, if it was.
    fn offer(
        &self,
        state: &mut State,
        change: &mut Change,
        item: &MemoryItem,
        keys: Keys,
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
        let neighbours: Vec<Candidate> =
            state
                .snapshot
                .nearest_by(&question, &keys, self.options.neighbours);
        let decision = self.policy.admit(&record.to_item(), &neighbours);
        let failed = |source| self.policy_failed("admitting an item", source);
        match decision.map_err(failed)? {
            Decision::Refuse { reason } => return Ok(Some(reason)),
            Decision::Keep { .. } => {}
            Decision::Replace { victim, .. } => {
                if !neighbours
                    .iter()
                    .any(|neighbour| neighbour.item.id == victim)
                {
                    let source =
                        format!("it replaces {victim:?}, which is not among the neighbours").into();
                    return Err(failed(source));
                }
                state.forget(&victim, change);
                state.counters.replaced += 1;
            }
        }
        state.counters.newest += 1;
        change.add(record.id.clone());
        state.snapshot.insert(record, keys);
        Ok(None)
    }

    /// Lets the policy choose who leaves while memory is over capacity; the oldest fill up its choice.
    pub(super) fn evict(&self, state: &mut State, change: &mut Change) -> Result<()> {
        let capacity = self.options.capacity;
        if state.snapshot.len() <= capacity {
            return Ok(());
        }
        let capacity = capacity - capacity / EVICTED_AHEAD;
        let over = state.snapshot.len() - capacity;
        let occupancy = Occupancy {
            items: state.snapshot.len() as u64,
            capacity: capacity as u64,
            newest: state.counters.newest,
        };
        let candidates = state.eviction_candidates();
        let chosen = self.policy.evict(occupancy, &candidates);
        let failed = |source| self.policy_failed("evicting items", source);
        let chosen = chosen.map_err(failed)?;
        let known: BTreeSet<&str> = candidates.iter().map(|item| item.id.as_str()).collect();
        if let Some(stranger) = chosen.iter().find(|id| !known.contains(id.as_str())) {
            let source = format!("it evicts {stranger:?}, which is not a candidate").into();
            return Err(failed(source));
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

    /// The error for what the policy did or could not do.
    pub(super) fn policy_failed(&self, doing: &'static str, source: PolicyError) -> MemoryError {
        let plugins = self.policy.plugins();
        let named = plugins
            .iter()
            .map(|(name, digest)| format!(" {name} ({digest})"));
        MemoryError::Policy {
            policy: named.collect(),
            doing,
            source,
        }
    }
}

impl State {
    fn forget(&mut self, id: &str, change: &mut Change) {
        if self.snapshot.remove(id).is_some() {
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
        let mut drawn: Vec<((u64, u64), &Record)> = self
            .snapshot
            .records()
            .map(|record| (draw(record), record))
            .collect();
        drawn.select_nth_unstable_by_key(EVICTION_CANDIDATES, |(place, _)| *place);
        drawn.truncate(EVICTION_CANDIDATES);
        drawn.sort_unstable_by_key(|(place, _)| *place);
        drawn
            .into_iter()
            .map(|(_, record)| record.to_item())
            .collect()
    }
}
