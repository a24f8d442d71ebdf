//! Long-term memory on LanceDB: the table is the store of record, a resident copy answers queries.

mod checkpoint;
mod compose;
mod import;
mod read;
mod seam;
mod statistics;
mod write;

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

pub use import::Imported;
pub use statistics::Statistics;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::{
    error::{Cause, MemoryError, Result, cause},
    folder::{Counters, Folder},
    guard::Guard,
    policy::Policy,
    record::Record,
    retrieval::snapshot::Snapshot,
    table::Items,
};

/// How memory is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Items that may be held; above it the policy evicts. Exact search is right up to about 50 000.
    pub capacity: usize,
    /// Nearest items that the policy sees when it admits one.
    pub neighbours: usize,
    /// Candidates that the policy ranks for a query, at least.
    pub candidates: usize,
    /// Commits after which small files are joined and old versions removed. Fewer keep the folder
    /// smaller and cost more time.
    pub maintain_every: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            capacity: 50_000,
            neighbours: 8,
            candidates: 16,
            maintain_every: 64,
        }
    }
}

/// A memory folder, opened.
///
/// Every item that [`admit`](falcon_episode::LongTermMemory::admit) acknowledged is in the table, whatever
/// happens to the process afterwards. Utilities and counts of uses are written with the next batch of
/// items, with a checkpoint, or when the store is dropped.
pub struct Store {
    folder: Folder,
    policy: Arc<dyn Policy>,
    options: Options,
    items: Items,
    state: RwLock<State>,
    /// Queries answered, and answered with at least one item. Beside the state, so that many threads may ask.
    retrievals: AtomicU64,
    answered: AtomicU64,
    /// Drives the database. Taken when the store is dropped.
    runtime: Option<Runtime>,
}

/// What changes with each write.
#[derive(Default)]
struct State {
    snapshot: Snapshot,
    guard: Guard,
    counters: Counters,
    /// Ids whose utility or uses the table does not have yet.
    dirty: BTreeSet<String>,
    /// Commits since the last maintenance.
    commits: u32,
    /// A write failed half-way, so the snapshot may hold what the table does not.
    stale: bool,
}

impl Store {
    /// Opens a folder as its only writer, under a memory policy; makes it where there is none.
    ///
    /// # Errors
    /// Where the folder is something else, newer, damaged, locked by another writer or not writable.
    pub fn open(folder: &Path, options: Options, policy: Arc<dyn Policy>) -> Result<Self> {
        let folder = Folder::for_writing(folder)?;
        let counters = folder.counters()?;
        let runtime = runtime(&folder)?;
        let items = match (Items::exists(folder.path()), &counters) {
            (true, _) => wait(&runtime, Items::open(folder.path())),
            (false, None) => wait(&runtime, Items::create(folder.path())),
            (false, Some(_)) => {
                let what = "its items are gone (items.lance is missing)".to_owned();
                return Err(MemoryError::Corrupt {
                    folder: folder.path().to_owned(),
                    what,
                });
            }
        };
        let items = items.map_err(|error| failed(&folder, 0, "opening the items", error))?;
        let store = Self::assemble(folder, options, policy, items, runtime, counters)?;
        if store.folder.needs_embedding()? {
            store.embed_again()?;
        }
        store.folder.set_header()?;
        if store.folder.counters()?.is_none() {
            store.folder.set_counters(&store.read().counters)?;
        }
        Ok(store)
    }

    /// Opens a folder beside its writer, to look only: every write is an error.
    ///
    /// # Errors
    /// Where the folder is not there, something else, newer or damaged.
    pub fn open_for_reading(folder: &Path, policy: Arc<dyn Policy>) -> Result<Self> {
        let folder = Folder::for_reading(folder)?;
        let counters = folder.counters()?;
        let runtime = runtime(&folder)?;
        let items = wait(&runtime, Items::open(folder.path()));
        let items = items.map_err(|error| failed(&folder, 0, "opening the items", error))?;
        Self::assemble(folder, Options::default(), policy, items, runtime, counters)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Items held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.read().snapshot.len()
    }

    /// Whether no item is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All items, oldest first.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.read().snapshot.records().cloned().collect()
    }

    fn assemble(
        folder: Folder,
        options: Options,
        policy: Arc<dyn Policy>,
        items: Items,
        runtime: Runtime,
        counters: Option<Counters>,
    ) -> Result<Self> {
        let counters = counters.unwrap_or_default();
        let state = State {
            guard: folder.guard()?,
            ..State::default()
        };
        let store = Self {
            folder,
            policy,
            options,
            items,
            state: RwLock::new(state),
            retrievals: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            runtime: Some(runtime),
        };
        store.load(&mut store.write(), counters)?;
        Ok(store)
    }

    /// Makes the state that of the table.
    fn load(&self, state: &mut State, mut counters: Counters) -> Result<()> {
        let records = self.run("reading the items", self.items.scan())?;
        let newest = records.iter().map(|record| record.sequence).max();
        counters.newest = counters.newest.max(newest.unwrap_or(0));
        let ids: BTreeSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
        if ids.len() != records.len() {
            let what = format!("{} rows have only {} ids", records.len(), ids.len());
            return Err(MemoryError::Corrupt {
                folder: self.folder.path().to_owned(),
                what,
            });
        }
        self.retrievals
            .store(counters.retrievals, Ordering::Relaxed);
        self.answered.store(counters.answered, Ordering::Relaxed);
        state.snapshot = Snapshot::new(records);
        state.counters = counters;
        state.dirty.clear();
        state.stale = false;
        Ok(())
    }

    /// The counters with those that are kept beside the state.
    fn counters(&self, state: &State) -> Counters {
        Counters {
            retrievals: self.retrievals.load(Ordering::Relaxed),
            answered: self.answered.load(Ordering::Relaxed),
            ..state.counters.clone()
        }
    }

    /// Waits for the database.
    fn run<T: Send>(
        &self,
        doing: &str,
        work: impl Future<Output = std::result::Result<T, lancedb::Error>> + Send,
    ) -> Result<T> {
        // The runtime is there until the store is dropped.
        let Some(runtime) = &self.runtime else {
            return Err(MemoryError::ReadOnly {
                folder: self.folder.path().to_owned(),
                why: "closed".to_owned(),
            });
        };
        wait(runtime, work).map_err(|error| {
            let version = wait(runtime, self.items.version()).unwrap_or(0);
            failed(&self.folder, version, doing, error)
        })
    }

    /// The state. A panic elsewhere leaves it whole: the snapshot is checked against the table after a failed write.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if self.folder.writable() {
            // Only utilities and counters are at stake here, and there is nobody to tell.
            let _ = self.flush(&mut self.write());
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn runtime(folder: &Folder) -> Result<Runtime> {
    let built = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("memory")
        .enable_all()
        .build();
    built.map_err(|error| folder.failed("starting the database's threads", error))
}

/// Runs a future to its end, also where the caller is itself driven by an executor.
fn wait<T: Send>(runtime: &Runtime, work: impl Future<Output = T> + Send) -> T {
    if Handle::try_current().is_err() {
        return runtime.block_on(work);
    }
    std::thread::scope(
        |scope| match scope.spawn(|| runtime.block_on(work)).join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        },
    )
}

/// The error for a failed operation of the database.
fn failed(folder: &Folder, version: u64, doing: &str, error: lancedb::Error) -> MemoryError {
    let (folder, doing) = (folder.path().to_owned(), doing.to_owned());
    match cause(&error) {
        Cause::Full => MemoryError::Full { folder, doing },
        Cause::ReadOnly => MemoryError::ReadOnly {
            folder,
            why: format!("{doing}: {error}"),
        },
        // What cannot be opened or read back is not what was written.
        Cause::Other if doing.starts_with("opening") || doing.starts_with("reading") => {
            MemoryError::Corrupt {
                folder,
                what: format!("{doing} failed at table version {version}: {error}"),
            }
        }
        Cause::Other => MemoryError::Database {
            folder,
            version,
            doing,
            source: Box::new(error),
        },
    }
}
