use std::{collections::BTreeMap, path::PathBuf};

use serde::Serialize;

use super::{Store, checkpoint};
use crate::{
    counters::Moment, error::Result, record::Record, retrieval::encoder::DIMENSIONS, vectors,
};

/// All that `falcon memory stats` tells of a folder.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// The folder; the URL where a table is read without one.
    pub folder: PathBuf,
    /// The URL below which the items are; none where they are in the folder. Files and bytes are of the folder alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items_at: Option<String>,
    /// What is not told here, and where it is: where a table is read without its writer's folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// Items held.
    pub items: u64,
    /// Of those, how many failed a test: they warn, and are never exemplars.
    pub warnings: u64,
    /// Number of the newest write.
    pub newest: u64,
    /// Version that the folder says it has; that of the columns where a table is read without it.
    pub schema_version: u32,
    /// Encoder of the stored embeddings: as the folder says; this version's where a table is read without it.
    pub encoder_version: String,
    /// Numbers in an embedding.
    pub dimensions: usize,
    /// Learned encoder in force; without one, that whose vectors are kept beside the table.
    pub learned_version: Option<String>,
    /// Version of the table.
    pub table_version: u64,
    /// Versions of the table that are kept.
    pub table_versions: u64,
    /// Numbers of the checkpoints, ascending.
    pub checkpoints: Vec<u64>,
    /// Files in the folder.
    pub files: u64,
    /// Bytes in the folder.
    pub bytes: u64,
    /// Queries answered since the folder was made.
    pub retrievals: u64,
    /// Of those, how many got at least one item.
    pub answered: u64,
    /// Items that entered.
    pub admitted: u64,
    /// Items that left for another.
    pub replaced: u64,
    /// Items that left because memory was full.
    pub evicted: u64,
    /// Items refused, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Behaviours of evaluation tasks that must never be stored.
    pub guarded: u64,
    /// Items by family.
    pub families: BTreeMap<String, u64>,
    /// Items by project; the empty name is of items without one.
    pub projects: BTreeMap<String, u64>,
    /// Items by language.
    pub languages: BTreeMap<String, u64>,
    /// How often items were shown, over all.
    pub uses: u64,
    /// Mean utility of the items that were shown; none where none was.
    pub utility_mean: Option<f64>,
    /// How memory grew and was asked, a moment a checkpoint; the last is now.
    pub history: Vec<Moment>,
}

/// What the writer's folder alone tells.
const ALONE: &str = "as last committed; what the journal holds, what memory is kept from, and how often it was asked, admitted, \
                     replaced, evicted and refused is in the writer's folder alone";

impl Store {
    /// What is in memory, and what it was used for.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn statistics(&self) -> Result<Statistics> {
        // What must be asked of the table comes first: questions do not wait for it.
        let table_version = self.run("reading versions", self.items.version())?;
        let table_versions = self.run("reading versions", self.items.versions())?;
        let alone = self.folder.is_table_alone();
        let checkpoints: Vec<u64> = if alone {
            let tags = self.run("reading the checkpoints", self.items.tagged())?;
            checkpoint::numbered(tags).into_keys().collect()
        } else {
            self.folder.checkpoints()?
        };
        let state = self.read();
        let mut counters = self.counters(&state);
        counters.remember(state.snapshot.len());
        let (files, bytes) = self.folder.size();
        let learned = state.snapshot.learned();
        let learned = learned.map(|learned| learned.version().to_owned());
        let count = |of: fn(&Record) -> &String| {
            let mut counts = BTreeMap::new();
            for record in state.snapshot.records() {
                *counts.entry(of(record).clone()).or_insert(0) += 1;
            }
            counts
        };
        let used: Vec<&Record> = state
            .snapshot
            .records()
            .filter(|record| record.uses > 0)
            .collect();
        let records = state.snapshot.records();
        let warnings = records.filter(|record| record.item.score < 1.0).count();
        #[allow(clippy::cast_precision_loss, reason = "a mean over items")]
        let utility_mean = (!used.is_empty())
            .then(|| used.iter().map(|record| record.utility).sum::<f64>() / used.len() as f64);
        Ok(Statistics {
            folder: self.folder.path().to_owned(),
            items_at: self.folder.url().map(str::to_owned),
            note: alone.then_some(ALONE),
            items: state.snapshot.len() as u64,
            warnings: warnings as u64,
            newest: counters.newest,
            schema_version: self.folder.schema_version()?,
            encoder_version: self.folder.encoder_version()?,
            dimensions: DIMENSIONS,
            learned_version: learned.or_else(|| vectors::version(&self.folder)),
            table_version,
            table_versions: table_versions as u64,
            checkpoints,
            files,
            bytes,
            retrievals: counters.retrievals,
            answered: counters.answered,
            admitted: counters.admitted,
            replaced: counters.replaced,
            evicted: counters.evicted,
            refused: counters.refused,
            guarded: state.guard.behaviours() as u64,
            families: count(|record| &record.item.family),
            projects: count(|record| &record.item.project),
            languages: count(|record| &record.item.language),
            uses: used.iter().map(|record| u64::from(record.uses)).sum(),
            utility_mean,
            history: counters.history,
        })
    }
}
