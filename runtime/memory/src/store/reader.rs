//! Opening a folder, or a table in object storage, beside its writer, to look only.

use std::{path::Path, sync::Arc, thread, time::Duration};

use tokio::runtime::Runtime;

use super::{Options, Store, checkpoint, failed, runtime, wait};
use crate::{
    counters::Counters,
    error::{MemoryError, Result},
    folder::Folder,
    journal::{self, Entry},
    policy::Policy,
    record::Record,
    table::Items,
};

/// How often a folder that changes meanwhile is looked at before giving up, and the time between two looks.
const LOOKS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(5);

/// What a folder held at one moment.
struct Picture {
    items: Items,
    rows: Vec<Record>,
    /// Of the journal, where there is one.
    generation: Option<u64>,
    entries: Vec<Entry>,
    counters: Counters,
}

impl Store {
    /// Opens a folder beside its writer, to look only: every write is an error. What the writer commits,
    /// joins or removes meanwhile makes it look again.
    ///
    /// A URL (`s3://bucket/prefix`) in place of the folder is read as the writer's last commit of the table left it. What its journal,
    /// guard and counters say is in the writer's folder alone.
    ///
    /// # Errors
    /// Where the folder is not there, something else, newer or damaged, or changes each time it is looked at.
    pub fn open_for_reading(folder: &Path, policy: Arc<dyn Policy>) -> Result<Self> {
        let folder = Folder::for_reading(folder)?;
        let runtime = runtime(&folder)?;
        for _ in 0..LOOKS {
            let generation = journal::read(&folder)?.map(|found| found.generation);
            let marks = wait(&runtime, Items::marks(&folder.place()));
            match wait(&runtime, picture(&folder)) {
                // A writer that began another journal meanwhile may have emptied it too early for us.
                Ok(seen) if seen.generation == generation => {
                    let Picture {
                        items,
                        rows,
                        entries,
                        counters,
                        ..
                    } = seen;
                    let store = Self::assemble(folder, Options::default(), policy, items, runtime)?;
                    store.fill(
                        &mut store.write(),
                        &mut store.writer(),
                        counters,
                        rows,
                        entries,
                    )?;
                    return Ok(store);
                }
                // Files that the writer took away under us are no damage; files that are as they were are.
                Err(error) if wait(&runtime, Items::marks(&folder.place())) == marks => {
                    return Err(error);
                }
                Ok(_) | Err(_) => thread::sleep(PAUSE),
            }
        }
        Err(moving(&folder))
    }

    /// Opens a folder as a checkpoint named it, to look only, beside its writer.
    ///
    /// # Errors
    /// As [`open_for_reading`](Self::open_for_reading), and where there is no such checkpoint.
    pub fn open_for_reading_at(
        folder: &Path,
        number: u64,
        policy: Arc<dyn Policy>,
    ) -> Result<Self> {
        let folder = Folder::for_reading(folder)?;
        let runtime = runtime(&folder)?;
        for _ in 0..LOOKS {
            let marks = wait(&runtime, Items::marks(&folder.place()));
            match picture_at(&folder, &runtime, number) {
                Ok((items, rows, counters)) => {
                    let store = Self::assemble(folder, Options::default(), policy, items, runtime)?;
                    store.fill(
                        &mut store.write(),
                        &mut store.writer(),
                        counters,
                        rows,
                        Vec::new(),
                    )?;
                    return Ok(store);
                }
                Err(error @ MemoryError::NoCheckpoint { .. }) => return Err(error),
                // A version that its writer released and removed while it was read is no damage either: the next look says that it is
                // gone.
                Err(error) if wait(&runtime, Items::marks(&folder.place())) == marks => {
                    return Err(error);
                }
                Err(_) => thread::sleep(PAUSE),
            }
        }
        Err(moving(&folder))
    }
}

fn moving(folder: &Folder) -> MemoryError {
    MemoryError::Moving {
        folder: folder.path().to_owned(),
        looks: LOOKS,
    }
}

/// Table and journal. The table is seen as it was when it was opened, however long reading it takes. The journal is read
/// after that, so it has all that the table may have of its generation.
async fn picture(folder: &Folder) -> Result<Picture> {
    let counters = folder.counters()?.unwrap_or_default();
    let items = Items::open(&folder.place()).await;
    let items = items.map_err(|error| failed(folder, 0, "opening the items", error))?;
    let found = journal::read(folder)?;
    let rows = items.scan().await;
    let rows = rows.map_err(|error| failed(folder, 0, "reading the items", error))?;
    Ok(Picture {
        items,
        rows,
        generation: found.as_ref().map(|found| found.generation),
        entries: found.map(|found| found.entries).unwrap_or_default(),
        counters,
    })
}

/// The table as a checkpoint named it, and the counters of then.
fn picture_at(
    folder: &Folder,
    runtime: &Runtime,
    number: u64,
) -> Result<(Items, Vec<Record>, Counters)> {
    let named = if folder.is_table_alone() {
        wait(runtime, checkpoint::tagged(folder, number))?
    } else {
        checkpoint::named(folder, number)?
    };
    let version = named.table_version;
    let opened = wait(runtime, async {
        let items = Items::open_at(&folder.place(), version).await?;
        let rows = items.scan().await?;
        Ok::<_, lancedb::Error>((items, rows))
    });
    let doing = format!("reading checkpoint {number}");
    let (items, rows) = opened.map_err(|error| failed(folder, version, &doing, error))?;
    Ok((items, rows, named.counters))
}
