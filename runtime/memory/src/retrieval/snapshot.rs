//! The resident copy of the store, indexed for batches of queries. LanceDB stays the store of record.

mod compact;
mod learn;
mod search;

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

pub(crate) use learn::ById;
pub use search::Retriever;

use crate::{
    record::Record,
    retrieval::{
        encoder::{Grams, Rarity},
        keys::Keys,
        learned::Learned,
        lists::Lists,
        matrix::{self, Vector},
        sight::{Identity, Names, Question, Sight},
        text::TextIndex,
    },
};

/// All items with their indexes. Answers depend on the items alone: of equal scores the newer item leads.
/// Where there are [`Lists`], vectors are searched in those that are read, and so nearly all are found.
#[derive(Default)]
pub(crate) struct Snapshot {
    /// By row, oldest first; none where the item left.
    records: Vec<Option<Record>>,
    /// By row: task, behaviour, language and family as numbers, so that the many comparisons are quick.
    identities: Vec<Identity>,
    names: Names,
    vectors: Vec<Vector>,
    text: TextIndex,
    /// The laws of items' examples, ranked as words are.
    laws: TextIndex,
    rarity: Rarity,
    by_id: HashMap<String, u32>,
    by_words: HashMap<String, Vec<u32>>,
    by_project: BTreeMap<String, Vec<u32>>,
    live: usize,
    lists: Option<Lists>,
    /// Vectors of an encoder that is no part of memory, where one was given.
    learned: Option<Learned>,
}

impl Snapshot {
    /// Indexes records; they are taken in the order of their sequence.
    pub(crate) fn new(mut records: Vec<Record>) -> Self {
        records.sort_by(|a, b| a.sequence.cmp(&b.sequence).then_with(|| a.id.cmp(&b.id)));
        let mut snapshot = Self::default();
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            let some: Vec<Record> = records.by_ref().take(KEYED_TOGETHER).collect();
            let keys: Vec<Keys> = some
                .par_iter()
                .map(|one| Keys::of(&one.item.prompt))
                .collect();
            for (record, keys) in some.into_iter().zip(keys) {
                snapshot.insert(record, keys);
            }
        }
        snapshot
    }

    /// Items held.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Record> {
        self.records[*self.by_id.get(id)? as usize].as_ref()
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Record> {
        self.records[*self.by_id.get(id)? as usize].as_mut()
    }

    /// All items, oldest first.
    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().flatten()
    }

    /// Adds an item with what its prompt is found by.
    pub(crate) fn insert(&mut self, record: Record, keys: Keys) {
        #[allow(clippy::cast_possible_truncation, reason = "rows are far below 2^32")]
        let row = self.records.len() as u32;
        if let Some(lists) = &mut self.lists {
            lists.add(row, &keys.vector);
        }
        if let Some(learned) = &mut self.learned {
            learned.add(&record.item.prompt, keys.learned);
        }
        self.vectors.push(keys.vector);
        self.text.add(&keys.words);
        self.laws.add(&keys.laws);
        self.rarity.add(&keys.grams);
        self.by_id.insert(record.id.clone(), row);
        self.by_words.entry(keys.whole).or_default().push(row);
        self.by_project
            .entry(record.item.project.clone())
            .or_default()
            .push(row);
        self.identities.push(self.names.identity(&record.item));
        self.records.push(Some(record));
        self.live += 1;
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Record> {
        let row = self.by_id.remove(id)?;
        let record = self.records[row as usize].take()?;
        let keys = Keys::of(&record.item.prompt);
        self.text.remove(row);
        self.laws.remove(row);
        self.rarity.remove(&keys.grams);
        drop_row(&mut self.by_words, &keys.whole, row);
        let rows = self.by_project.get_mut(&record.item.project)?;
        rows.retain(|other| *other != row);
        if rows.is_empty() {
            self.by_project.remove(&record.item.project);
        }
        self.live -= 1;
        self.compact();
        Some(record)
    }

    /// A query's vector, its n-grams weighed by their rarity in the store.
    pub(crate) fn query_vector(&self, keys: &Keys) -> Vec<f32> {
        self.rarity.query(&keys.grams)
    }

    /// Whether lists are to be made, or made anew, where stores above `exact_up_to` items have them.
    pub(crate) fn wants_lists(&self, exact_up_to: usize) -> bool {
        let made_for = self.lists.as_ref().map_or(0, Lists::made_for);
        self.live > exact_up_to && (self.live > 2 * made_for || 2 * self.live < made_for)
    }

    /// Lists of the rows as they are now.
    pub(crate) fn make_lists(&self) -> Lists {
        let rows = 0..u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        let live: Vec<u32> = rows
            .filter(|row| self.records[*row as usize].is_some())
            .collect();
        let trial = |row: u32| match &self.records[row as usize] {
            Some(record) => self.weighted(&Keys::of(&record.item.prompt).grams),
            None => self.vectors[row as usize],
        };
        Lists::new(&self.vectors, &live, trial)
    }

    /// Searches vectors in these lists from now on; all vectors where there are none.
    pub(crate) fn set_lists(&mut self, lists: Option<Lists>) {
        self.lists = lists;
    }

    /// The rows a question may see, oldest first.
    pub(crate) fn eligible(&self, question: &Question) -> Vec<&Record> {
        let rows = self.rows_of(question);
        let all = 0..u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        let sight = self.names.sight(question);
        let seen = |row: u32| self.seen(row, sight);
        match rows {
            Some(rows) => rows.iter().filter_map(|row| seen(*row)).collect(),
            None => all.filter_map(seen).collect(),
        }
    }

    fn weighted(&self, grams: &Grams) -> Vector {
        matrix::round(&self.rarity.query(grams))
    }

    /// The rows of the question's project; none where it names no project.
    fn rows_of(&self, question: &Question) -> Option<&[u32]> {
        if question.project.is_empty() {
            return None;
        }
        Some(
            self.by_project
                .get(&question.project)
                .map_or(&[], Vec::as_slice),
        )
    }

    /// The row's record, if it is there and may be seen.
    fn seen(&self, row: u32, sight: Sight) -> Option<&Record> {
        let seen = sight.sees(self.identities[row as usize]);
        seen.then(|| self.records[row as usize].as_ref()).flatten()
    }
}

/// Items whose keys are made at once: more would only hold more memory.
const KEYED_TOGETHER: usize = 4096;

fn drop_row(rows: &mut HashMap<String, Vec<u32>>, key: &str, row: u32) {
    if let Some(list) = rows.get_mut(key) {
        list.retain(|other| *other != row);
        if list.is_empty() {
            rows.remove(key);
        }
    }
}
