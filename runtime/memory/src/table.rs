//! The items' table: the only module that speaks to LanceDB.

use std::path::Path;

use arrow_array::RecordBatchIterator;
use futures::TryStreamExt;
use lancedb::{
    DistanceType, Table,
    index::{Index, scalar::FtsIndexBuilder, scalar::FullTextSearchQuery},
    query::{ExecutableQuery, QueryBase, QueryExecutionOptions, Select},
    table::{CompactionOptions, Duration, OptimizeAction, OptimizeOptions},
};

use crate::{columns, folder::ITEMS, record::Record, retrieval::fusion::scaled};

const NAME: &str = "items";
/// Rows of a compacted file: compaction rewrites at most this much at once.
const ROWS_PER_FILE: usize = 20_000;
/// Memory that building the full-text index may use; unset, it would be 2 GiB for each worker.
const INDEX_MIB: u64 = 256;
/// Ids in one delete.
const DELETED_TOGETHER: usize = 256;
/// How far down each of the two rankings hybrid search looks before it fuses them.
const DEPTH: usize = 64;

type Result<T> = std::result::Result<T, lancedb::Error>;

/// An item that hybrid search in LanceDB found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The item.
    pub record: Record,
    /// Sum of reciprocal ranks in full text and vectors, 1 for the first in both; larger is nearer.
    pub relevance: f64,
}

/// Only items with these values; empty for any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Project.
    pub project: String,
    /// Task family.
    pub family: String,
    /// Language pack name.
    pub language: String,
}

pub(crate) struct Items(Table);

impl Items {
    /// Whether the folder has a table, damaged or not: one whose making was cut off has no version.
    pub(crate) fn exists(folder: &Path) -> bool {
        let versions = std::fs::read_dir(folder.join(ITEMS).join("_versions"));
        versions.is_ok_and(|mut versions| versions.next().is_some())
    }

    pub(crate) async fn create(folder: &Path) -> Result<Self> {
        let connection = lancedb::connect(&uri(folder)?).execute().await?;
        Ok(Self(
            connection
                .create_empty_table(NAME, columns::schema())
                .execute()
                .await?,
        ))
    }

    pub(crate) async fn open(folder: &Path) -> Result<Self> {
        let connection = lancedb::connect(&uri(folder)?).execute().await?;
        Ok(Self(connection.open_table(NAME).execute().await?))
    }

    pub(crate) async fn version(&self) -> Result<u64> {
        self.0.version().await
    }

    pub(crate) async fn versions(&self) -> Result<usize> {
        Ok(self.0.list_versions().await?.len())
    }

    /// All items, in no order.
    pub(crate) async fn scan(&self) -> Result<Vec<Record>> {
        let names = columns::without_embedding();
        let mut batches = self
            .0
            .query()
            .select(Select::Columns(names))
            .execute()
            .await?;
        let mut records = Vec::new();
        while let Some(batch) = batches.try_next().await? {
            records.extend(columns::records(&batch)?);
        }
        Ok(records)
    }

    /// Appends items whose ids the table does not have.
    pub(crate) async fn append(&self, records: &[&Record]) -> Result<()> {
        self.0.add(columns::batch(records)?).execute().await?;
        Ok(())
    }

    /// Writes items in one commit, over those with the same id. Returns how many rows that were.
    pub(crate) async fn upsert(&self, records: &[&Record]) -> Result<u64> {
        let batch = columns::batch(records)?;
        let schema = batch.schema();
        let mut merge = self.0.merge_insert(&["id"]);
        merge
            .when_matched_update_all(None)
            .when_not_matched_insert_all();
        let done = merge
            .execute(Box::new(RecordBatchIterator::new([Ok(batch)], schema)))
            .await?;
        Ok(done.num_inserted_rows + done.num_updated_rows)
    }

    pub(crate) async fn delete(&self, ids: &[String]) -> Result<()> {
        for ids in ids.chunks(DELETED_TOGETHER) {
            let ids: Vec<String> = ids.iter().map(|id| quoted(id)).collect();
            self.0
                .delete(format!("id IN ({})", ids.join(", ")).as_str())
                .await?;
        }
        Ok(())
    }

    /// Keeps a version from being pruned under a name.
    pub(crate) async fn tag(&self, name: &str, version: u64) -> Result<()> {
        let mut tags = self.0.tags().await?;
        if tags.list().await?.contains_key(name) {
            return tags.update(name, version).await;
        }
        tags.create(name, version).await
    }

    pub(crate) async fn tags(&self) -> Result<Vec<String>> {
        let tags = self.0.tags().await?.list().await?;
        Ok(tags.into_keys().collect())
    }

    pub(crate) async fn untag(&self, name: &str) -> Result<()> {
        self.0.tags().await?.delete(name).await
    }

    /// Makes the content of an earlier version the newest one.
    pub(crate) async fn restore(&self, version: u64) -> Result<()> {
        if let Err(error) = self.0.checkout(version).await {
            self.0.checkout_latest().await?;
            return Err(error);
        }
        self.0.restore().await
    }

    pub(crate) async fn refresh(&self) -> Result<()> {
        self.0.checkout_latest().await
    }

    /// Joins small files, removes versions that no tag holds, and brings the full-text index up to date.
    pub(crate) async fn maintain(&self) -> Result<()> {
        let options = CompactionOptions {
            target_rows_per_fragment: ROWS_PER_FILE,
            num_threads: Some(1),
            ..CompactionOptions::default()
        };
        self.0
            .optimize(OptimizeAction::Compact {
                options,
                remap_options: None,
            })
            .await?;
        self.index().await?;
        let prune = OptimizeAction::Prune {
            older_than: Some(Duration::zero()),
            // Unverified files are of writers that were killed: the lock says that there is no other.
            delete_unverified: Some(true),
            error_if_tagged_old_versions: Some(false),
        };
        self.0.optimize(prune).await?;
        Ok(())
    }

    /// Makes the full-text index once there are rows, or adds the newest rows to it.
    pub(crate) async fn index(&self) -> Result<()> {
        if self.0.count_rows(None).await? == 0 {
            return Ok(());
        }
        if self.indexed().await? {
            self.0
                .optimize(OptimizeAction::Index(OptimizeOptions::default()))
                .await?;
            return Ok(());
        }
        let text = FtsIndexBuilder::default()
            .stem(false)
            .remove_stop_words(false)
            .ascii_folding(false)
            .memory_limit_mb(INDEX_MIB)
            .num_workers(1);
        self.0
            .create_index(&["prompt"], Index::FTS(text))
            .execute()
            .await
    }

    /// Whether there is a full-text index.
    pub(crate) async fn indexed(&self) -> Result<bool> {
        Ok(self
            .0
            .list_indices()
            .await?
            .iter()
            .any(|index| index.columns == ["prompt"]))
    }

    /// Hybrid search: full text and vectors, fused by reciprocal ranks (k = 60); vectors alone while
    /// there is no full-text index.
    pub(crate) async fn search(
        &self,
        text: &str,
        vector: &[f32],
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Hit>> {
        let hybrid = self.indexed().await?;
        let score = if hybrid {
            "_relevance_score"
        } else {
            "_distance"
        };
        let mut query = self.0.query();
        if hybrid {
            let text =
                FullTextSearchQuery::new(text.to_owned()).with_column("prompt".to_owned())?;
            query = query.full_text_search(text);
        }
        if let Some(filter) = filter.sql() {
            query = query.only_if(filter);
        }
        let query = query
            .select(Select::Columns(columns::without_embedding()))
            .limit(DEPTH.max(limit))
            .nearest_to(vector)?
            .column("embedding")
            .distance_type(DistanceType::Cosine);
        let mut batches = if hybrid {
            query
                .execute_hybrid(QueryExecutionOptions::default())
                .await?
        } else {
            query.execute().await?
        };
        let mut hits = Vec::new();
        while let Some(batch) = batches.try_next().await? {
            // Without a hit in either ranking there are no columns.
            if batch.num_rows() == 0 {
                continue;
            }
            let scores = columns::floats(&batch, score)?;
            for (record, score) in columns::records(&batch)?.into_iter().zip(scores) {
                let relevance = if hybrid { scaled(score) } else { 1.0 - score };
                hits.push(Hit { record, relevance });
            }
        }
        hits.truncate(limit);
        Ok(hits)
    }
}

impl Filter {
    fn sql(&self) -> Option<String> {
        let columns = [
            ("project", &self.project),
            ("family", &self.family),
            ("language", &self.language),
        ];
        let wanted = columns.iter().filter(|(_, value)| !value.is_empty());
        let wanted: Vec<String> = wanted
            .map(|(name, value)| format!("{name} = {}", quoted(value)))
            .collect();
        (!wanted.is_empty()).then(|| wanted.join(" AND "))
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn uri(folder: &Path) -> Result<String> {
    folder
        .to_str()
        .map(str::to_owned)
        .ok_or_else(|| lancedb::Error::InvalidInput {
            message: format!("the path {} is not Unicode text", folder.display()),
        })
}
