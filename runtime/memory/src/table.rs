//! The items' table: the only module that speaks to LanceDB.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::Path,
};

use arrow_array::RecordBatchIterator;
use futures::TryStreamExt;
use lancedb::{
    Connection, Table,
    query::{ExecutableQuery, QueryBase, Select},
    table::{CompactionOptions, Duration, OptimizeAction},
};

use crate::{columns, folder::ITEMS, place::Place, record::Record};

const NAME: &str = "items";
/// Where LanceDB keeps a file for each version of the table.
const VERSIONS: &str = "_versions";
/// Rows of a compacted file: compaction rewrites at most this much at once.
const ROWS_PER_FILE: usize = 20_000;
/// Ids in one delete.
const DELETED_TOGETHER: usize = 256;

type Result<T> = std::result::Result<T, lancedb::Error>;

pub(crate) struct Items(Table);

impl Items {
    /// Whether there is a table, damaged or not: one whose making was cut off has no version.
    pub(crate) async fn exists(place: &Place) -> Result<bool> {
        match place {
            Place::Folder(folder) => Ok(!version_files(folder).is_empty()),
            Place::Url(_) => match Self::open(place).await {
                Ok(_) => Ok(true),
                Err(lancedb::Error::TableNotFound { .. }) => Ok(false),
                Err(error) => Err(error),
            },
        }
    }

    pub(crate) async fn create(place: &Place) -> Result<Self> {
        Ok(Self(
            connect(place)
                .await?
                .create_empty_table(NAME, columns::schema())
                .execute()
                .await?,
        ))
    }

    pub(crate) async fn open(place: &Place) -> Result<Self> {
        let connection = connect(place).await?;
        Ok(Self(connection.open_table(NAME).execute().await?))
    }

    /// Removes a table with all its versions, where there is one.
    pub(crate) async fn remove(place: &Place) -> Result<()> {
        match connect(place).await?.drop_table(NAME, &[]).await {
            Err(lancedb::Error::TableNotFound { .. }) => Ok(()),
            done => done,
        }
    }

    /// The table as it was at a version, to read.
    pub(crate) async fn open_at(place: &Place, version: u64) -> Result<Self> {
        let items = Self::open(place).await?;
        items.0.checkout(version).await?;
        Ok(items)
    }

    /// What is others once anything was committed: in a folder the names of the files that versions are told by, which are others
    /// once anything was removed too; at a URL the newest version. None where there is no table to be seen.
    pub(crate) async fn marks(place: &Place) -> BTreeSet<OsString> {
        match place {
            Place::Folder(folder) => version_files(folder),
            Place::Url(_) => {
                let version = match Self::open(place).await {
                    Ok(items) => items.version().await.ok(),
                    Err(_) => None,
                };
                let mark = version.map(|version| OsString::from(version.to_string()));
                mark.into_iter().collect()
            }
        }
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

    /// The versions that are kept, by the name each is kept under.
    pub(crate) async fn tagged(&self) -> Result<BTreeMap<String, u64>> {
        let tags = self.0.tags().await?.list().await?;
        let tags = tags.into_iter().map(|(name, tag)| (name, tag.version));
        Ok(tags.collect())
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

    /// Joins small files and removes versions that no tag holds.
    pub(crate) async fn maintain(&self) -> Result<()> {
        // Folders of earlier versions have a full-text index, which nobody asks and each compaction would pay for.
        for index in self.0.list_indices().await? {
            if index.columns == ["prompt"] {
                self.0.drop_index(&index.name).await?;
            }
        }
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
        let prune = OptimizeAction::Prune {
            older_than: Some(Duration::zero()),
            // Unverified files are of writers that were killed: the lock says that there is no other.
            delete_unverified: Some(true),
            error_if_tagged_old_versions: Some(false),
        };
        self.0.optimize(prune).await?;
        Ok(())
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// LanceDB at a place. What it must know of object storage it takes from the environment (`AWS_…`).
async fn connect(place: &Place) -> Result<Connection> {
    let uri = match place {
        Place::Url(url) => url.as_str(),
        Place::Folder(folder) => folder
            .to_str()
            .ok_or_else(|| lancedb::Error::InvalidInput {
                message: format!("the path {} is not Unicode text", folder.display()),
            })?,
    };
    lancedb::connect(uri).execute().await
}

fn version_files(folder: &Path) -> BTreeSet<OsString> {
    let versions = std::fs::read_dir(folder.join(ITEMS).join(VERSIONS));
    let entries = versions.into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).collect()
}
