//! Rows get the vectors of a learned encoder.

use std::{collections::HashMap, sync::Arc};

use falcon_episode::Encoder;

use super::Snapshot;
use crate::{
    record::Record,
    retrieval::{
        learned::{Learned, NOTHING, encode},
        matrix::Vector,
    },
};

/// Vectors by the ids of items.
pub(crate) type ById = HashMap<String, Vector>;

impl Snapshot {
    /// From now on also ranks by this encoder. `known` has vectors that are made already; the others are made now.
    pub(crate) fn learn(&mut self, encoder: Arc<dyn Encoder>, known: &ById) {
        let missing: Vec<&str> = self
            .unknown(known)
            .map(|record| record.item.prompt.as_str())
            .collect();
        let mut made = encode(&*encoder, &missing).into_iter();
        let mut vector = |record: &Record| {
            let known = known.get(&record.id).copied();
            known.or_else(|| made.next()).unwrap_or(NOTHING)
        };
        let rows = self.records.iter().map(Option::as_ref);
        let vectors = rows.map(|record| record.map_or(NOTHING, &mut vector));
        self.learned = Some(Learned::new(encoder, vectors.collect()));
    }

    /// The items whose vectors are not among these, oldest first.
    pub(crate) fn unknown<'a>(&'a self, known: &'a ById) -> impl Iterator<Item = &'a Record> {
        self.records()
            .filter(move |record| !known.contains_key(&record.id))
    }

    /// The encoder in force; none where items have no vectors but the hashed ones.
    pub(crate) fn learned(&self) -> Option<&Learned> {
        self.learned.as_ref()
    }

    /// All items with their vectors by the encoder in force, oldest first; nothing without one.
    pub(crate) fn encoded(&self) -> impl Iterator<Item = (&Record, &Vector)> {
        let vectors = self.learned.iter().flat_map(Learned::vectors);
        let rows = self.records.iter().zip(vectors);
        rows.filter_map(|(record, vector)| Some((record.as_ref()?, vector)))
    }
}
