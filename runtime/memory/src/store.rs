//! Long-term memory on LanceDB: the table is the store of record, a resident copy answers queries.

mod checkpoint;
mod commit;
mod compose;
mod elsewhere;
mod encoder;
mod import;
mod load;
mod rank;
mod read;
mod reader;
mod seam;
mod statistics;
mod write;

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, AtomicU64},
    },
};

use commit::Pending;
pub use import::Imported;
pub use read::{Filter, Hit};
pub use statistics::Statistics;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::{
    counters::Counters,
    error::{Cause, MemoryError, Result, cause},
    folder::Folder,
    guard::Guard,
    journal::Journal,
    policy::{CAPACITY, Policy},
    record::Record,
    retrieval::{encoder::ENCODER_VERSION, snapshot::Snapshot},
    table::Items,
};

/// How memory is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Items that may be held; above it the policy evicts, a 128th more than it must, so that it is
    /// not asked at each write.
    pub capacity: usize,
    /// Nearest items that the policy sees when it admits one; 0 asks no retriever, for loading many.
    pub neighbours: usize,
    /// Candidates that the policy ranks for a query, at least.
    pub candidates: usize,
    /// Commits after which small files are joined and old versions removed. Fewer keep the folder
    /// smaller and cost more time.
    pub maintain_every: u32,
    /// Changed items after which the table gets them in one commit; until then they are in the journal.
    pub commit_every: usize,
    /// Items above which vectors are searched in lists instead of all, once maintenance made them. A
    /// search in lists finds 98 of 100 of what an exact one does. At 100 000 items it is several times
    /// slower than an exact one (docs/memory.md), so measure before lowering this.
    pub exact_up_to: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            capacity: CAPACITY,
            neighbours: 8,
            candidates: 16,
            maintain_every: 64,
            commit_every: 1024,
            exact_up_to: 1_000_000,
        }
    }
}

/// A memory folder, opened.
///
/// Every write that was acknowledged is in the journal or in the table, whatever happens to the process
/// afterwards. Reads go to the resident copy and wait for no commit of the table; writes wait for each other.
pub struct Store {
    folder: Folder,
    policy: Arc<dyn Policy>,
    options: Options,
    items: Items,
    state: RwLock<State>,
    /// Held for the whole of each write. The state is locked while the policy decides what changes and the journal
    /// takes it: both are quick beside a commit of the table, which needs no such lock.
    writer: Mutex<Writer>,
    /// Queries answered, and answered with at least one item. Beside the state, so that many threads may ask.
    retrievals: AtomicU64,
    answered: AtomicU64,
    /// What an encoder makes in the background.
    preparing: Mutex<Option<encoder::Preparing>>,
    /// Whether it was told that a learned encoder's vectors cannot be kept.
    told_unkept: AtomicBool,
    /// Drives the database. Taken when the store is dropped.
    runtime: Option<Runtime>,
}

/// What changes with each write.
#[derive(Default)]
struct State {
    snapshot: Snapshot,
    guard: Guard,
    counters: Counters,
}

/// What stands between the state and the table.
#[derive(Default)]
struct Writer {
    /// None for a handle that only reads.
    journal: Option<Journal>,
    pending: Pending,
    /// Commits since the last maintenance.
    commits: u32,
    /// A write failed half-way, so the snapshot may hold what neither journal nor table does.
    stale: bool,
}

impl Store {
    /// Opens a folder as its only writer, under a memory policy; makes it where there is none.
    ///
    /// # Errors
    /// Where the folder is something else, newer, damaged, locked by another writer or not writable.
    pub fn open(folder: &Path, options: Options, policy: Arc<dyn Policy>) -> Result<Self> {
        Self::open_writer(Folder::for_writing(folder)?, options, policy)
    }

    fn open_writer(folder: Folder, options: Options, policy: Arc<dyn Policy>) -> Result<Self> {
        let counters = folder.counters()?;
        let (journal, entries) = Journal::open(&folder)?;
        let runtime = runtime(&folder)?;
        let items = elsewhere::items(&folder, &runtime, counters.is_none())?;
        let store = Self::assemble(folder, options, policy, items, runtime)?;
        let mut writer = store.writer();
        writer.journal = Some(journal);
        store.load(&mut writer, counters.unwrap_or_default(), entries)?;
        if store.folder.encoder_version()? != ENCODER_VERSION {
            store.commit(&mut writer)?;
            store.embed_again()?;
        }
        store.folder.set_header()?;
        if store.folder.counters()?.is_none() {
            store.folder.set_counters(&store.read().counters)?;
        }
        drop(writer);
        Ok(store)
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
    ) -> Result<Self> {
        let state = State {
            guard: folder.guard()?,
            ..State::default()
        };
        Ok(Self {
            folder,
            policy,
            options,
            items,
            state: RwLock::new(state),
            writer: Mutex::default(),
            retrievals: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            preparing: Mutex::default(),
            told_unkept: AtomicBool::new(false),
            runtime: Some(runtime),
        })
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

    /// The state. A panic elsewhere leaves it whole: it is loaded again after a write that failed.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if self.folder.writable() {
            // The journal has what this does not reach, and there is nobody to tell.
            let _ = self.commit(&mut self.writer());
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
    if let Some(url) = folder.url() {
        return MemoryError::at_url(url, doing, error);
    }
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
