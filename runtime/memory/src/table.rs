//! The items' table: the only module that speaks to LanceDB.

mod first;
mod patience;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ffi::OsString,
    path::Path,
    sync::Arc,
};

use arrow_array::RecordBatchIterator;
use futures::TryStreamExt;
use lancedb::{
    Connection, Table,
    query::{ExecutableQuery, QueryBase, Select},
    table::{CompactionOptions, Duration, OptimizeAction},
};
use patience::Patience;

use crate::{
    advice, columns, folder::ITEMS, place::Place, record::Record,
    retrieval::encoder::ENCODER_VERSION,
};

const NAME: &str = "items";
/// What the metadata of the table's schema has the name of its writer's folder under.
const OWNER: &str = "falcon:owner";
/// Where LanceDB keeps a file for each version of the table.
const VERSIONS: &str = "_versions";
/// Rows of a compacted file: compaction rewrites at most this much at once.
const ROWS_PER_FILE: usize = 20_000;
/// Ids in one delete.
const DELETED_TOGETHER: usize = 256;

type Result<T> = std::result::Result<T, lancedb::Error>;

pub(crate) struct Items {
    table: Table,
    patience: Patience,
}

impl Items {
    /// The table that there is; an error where it is damaged. One whose making was cut off has no version, and is none.
    pub(crate) async fn found(place: &Place) -> Result<Option<Self>> {
        match place {
            Place::Folder(folder) if version_files(folder).is_empty() => Ok(None),
            Place::Folder(_) => Self::open(place).await.map(Some),
            Place::Url(_) => match Self::open(place).await {
                // Where there is no bucket there is no table either, but none can be made.
                Err(error @ lancedb::Error::TableNotFound { .. })
                    if advice::of(&error) != advice::BUCKET =>
                {
                    Ok(None)
                }
                opened => opened.map(Some),
            },
        }
    }

    /// Makes the table of the folder that has this name; of none where the table is in its folder. Of several that make one at a
    /// URL, in the same instant too, one succeeds; to the others it exists.
    pub(crate) async fn create(place: &Place, owner: Option<&str>) -> Result<Self> {
        let mut schema = columns::schema();
        if let Some(owner) = owner {
            let owner = HashMap::from([(OWNER.to_owned(), owner.to_owned())]);
            schema = Arc::new(schema.as_ref().clone().with_metadata(owner));
        }
        let connection = connect(place).await?;
        let table = connection.create_empty_table(NAME, schema);
        match place {
            Place::Folder(_) => Ok(Self {
                table: table.execute().await?,
                patience: Patience::with(place),
            }),
            Place::Url(_) => {
                table.write_options(first::options()).execute().await?;
                // What made the table commits its first version and no other.
                Self::open(place).await
            }
        }
    }

    pub(crate) async fn open(place: &Place) -> Result<Self> {
        let patience = Patience::with(place);
        let opened = async { connect(place).await?.open_table(NAME).execute().await };
        // Boxed: the compiler follows nested futures only so deep, and the database's are deep already.
        let table = patience.wait(Box::pin(opened)).await?;
        Ok(Self { table, patience })
    }

    /// Whether the folder of this name writes the table. Folders and tables of a time without names are taken as they are.
    pub(crate) async fn is_of(&self, owner: Option<&str>) -> Result<bool> {
        let schema = self.table.schema().await?;
        let written = schema.metadata().get(OWNER);
        Ok(match (written, owner) {
            (Some(written), Some(owner)) => written == owner,
            _ => true,
        })
    }

    /// Removes the table of the folder of this name with all its versions, where there is one. Returns false, and removes
    /// nothing, where another folder writes it.
    pub(crate) async fn remove(place: &Place, owner: Option<&str>) -> Result<bool> {
        let items = match Self::open(place).await {
            Err(lancedb::Error::TableNotFound { .. }) => return Ok(true),
            opened => opened?,
        };
        if !items.is_of(owner).await? {
            return Ok(false);
        }
        match connect(place).await?.drop_table(NAME, &[]).await {
            Err(lancedb::Error::TableNotFound { .. }) => Ok(true),
            done => done.map(|()| true),
        }
    }

    /// The table as it was at a version, to read.
    pub(crate) async fn open_at(place: &Place, version: u64) -> Result<Self> {
        let items = Self::open(place).await?;
        items.patience.wait(items.table.checkout(version)).await?;
        Ok(items)
    }

    /// What is others once anything was committed or removed: in a folder the names of the files that versions are told by; at a URL
    /// the newest version, and the tags that keep others. None where there is no table to be seen.
    pub(crate) async fn marks(place: &Place) -> BTreeSet<OsString> {
        match place {
            Place::Folder(folder) => version_files(folder),
            Place::Url(_) => {
                let marks = async {
                    let items = Self::open(place).await?;
                    let version = items.version().await?;
                    let tags = items.tagged().await.unwrap_or_default();
                    let tags = tags
                        .iter()
                        .map(|(name, version)| format!("{name} {version}"));
                    let marks = tags.chain([version.to_string()]);
                    Ok::<_, lancedb::Error>(marks.map(OsString::from).collect())
                };
                Patience::glance().wait(marks).await.unwrap_or_default()
            }
        }
    }

    /// Looks for the newest version. A commit that ended in an error may be it: the handle then stands at the one before.
    pub(crate) async fn refresh(&self) -> Result<()> {
        self.patience.wait(self.table.checkout_latest()).await
    }

    pub(crate) async fn version(&self) -> Result<u64> {
        self.table.version().await
    }

    pub(crate) async fn versions(&self) -> Result<usize> {
        let versions = self.patience.wait(self.table.list_versions());
        Ok(versions.await?.len())
    }

    /// All items, in no order.
    pub(crate) async fn scan(&self) -> Result<Vec<Record>> {
        let names = columns::without_embedding();
        let query = self.table.query().select(Select::Columns(names));
        let mut batches = self.patience.wait(query.execute()).await?;
        let mut records = Vec::new();
        while let Some(batch) = self.patience.wait(batches.try_next()).await? {
            records.extend(columns::records(&batch)?);
        }
        Ok(records)
    }

    /// Appends items whose ids the table does not have.
    pub(crate) async fn append(&self, records: &[&Record]) -> Result<()> {
        self.table.add(columns::batch(records)?).execute().await?;
        Ok(())
    }

    /// Writes items in one commit, over those with the same id. Returns how many rows that were.
    pub(crate) async fn upsert(&self, records: &[&Record]) -> Result<u64> {
        let batch = columns::batch(records)?;
        let schema = batch.schema();
        let mut merge = self.table.merge_insert(&["id"]);
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
            self.table
                .delete(format!("id IN ({})", ids.join(", ")).as_str())
                .await?;
        }
        Ok(())
    }

    /// Keeps a version from being pruned under a name.
    pub(crate) async fn tag(&self, name: &str, version: u64) -> Result<()> {
        let mut tags = self.table.tags().await?;
        if tags.list().await?.contains_key(name) {
            return tags.update(name, version).await;
        }
        tags.create(name, version).await
    }

    pub(crate) async fn tags(&self) -> Result<Vec<String>> {
        Ok(self.tagged().await?.into_keys().collect())
    }

    /// The versions that are kept, by the name each is kept under.
    pub(crate) async fn tagged(&self) -> Result<BTreeMap<String, u64>> {
        let tags = async {
            let tags = self.table.tags().await?;
            // A tag that its writer releases between their listing and the reading of each is an error.
            match tags.list().await {
                Err(_) => tags.list().await,
                listed => listed,
            }
        };
        let tags = self.patience.wait(tags).await?;
        let tags = tags.into_iter().map(|(name, tag)| (name, tag.version));
        Ok(tags.collect())
    }

    pub(crate) async fn untag(&self, name: &str) -> Result<()> {
        self.table.tags().await?.delete(name).await
    }

    /// Whether a row has a vector of another encoder than this version's.
    pub(crate) async fn has_older_vectors(&self) -> Result<bool> {
        let other = format!("encoder_version != {}", quoted(ENCODER_VERSION));
        Ok(self.table.count_rows(Some(other)).await? > 0)
    }

    /// Makes the content of an earlier version the newest one.
    pub(crate) async fn restore(&self, version: u64) -> Result<()> {
        if let Err(error) = self.table.checkout(version).await {
            self.table.checkout_latest().await?;
            return Err(error);
        }
        self.table.restore().await
    }

    /// Joins small files and removes versions that no tag holds.
    pub(crate) async fn maintain(&self) -> Result<()> {
        // Folders of earlier versions have a full-text index, which nobody asks and each compaction would pay for.
        for index in self.table.list_indices().await? {
            if index.columns == ["prompt"] {
                self.table.drop_index(&index.name).await?;
            }
        }
        let options = CompactionOptions {
            target_rows_per_fragment: ROWS_PER_FILE,
            num_threads: Some(1),
            ..CompactionOptions::default()
        };
        self.table
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
        self.table.optimize(prune).await?;
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
    let connection = patience::bounded(lancedb::connect(uri), place);
    connection.execute().await
}

fn version_files(folder: &Path) -> BTreeSet<OsString> {
    let versions = std::fs::read_dir(folder.join(ITEMS).join(VERSIONS));
    let entries = versions.into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).collect()
}
