//! The files beside the table: what the folder is, who writes it, what must survive a restart.
//!
//! ```text
//! memory.json            format, schema and encoder; where the items are, and under which name, if they are elsewhere
//! writer.lock            locked while a process writes
//! guard.json             what tells evaluation tasks, of which nothing must be stored
//! journal.bin            what was acknowledged and is not in the table yet
//! vectors.bin            vectors of a learned encoder, to spare making them again
//! counters.json          numbers that no table version holds
//! checkpoints/<n>.json   table version and counters of checkpoint n
//! items.lance/           the items (LanceDB), where memory.json names no URL for them
//! ```

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    counters::{Checkpoint, Counters},
    error::{Cause, MemoryError, Result, cause},
    guard::{Guard, Stored},
    header::{self, Header},
    journal::JOURNAL,
    place::{self, Place},
    retrieval::encoder::ENCODER_VERSION,
};

/// Version of the folder's layout and of the table's columns. 2 has a journal; a folder of version 1 is
/// one whose journal is empty.
pub const SCHEMA_VERSION: u32 = 2;

pub(crate) const HEADER: &str = "memory.json";
const LOCK: &str = "writer.lock";
const CHECKPOINTS: &str = "checkpoints";
/// Where LanceDB keeps the table `items`.
pub(crate) const ITEMS: &str = "items.lance";

/// A memory folder that is known to be one.
pub(crate) struct Folder {
    /// The URL itself where a table is read without its writer's folder: none of the files below is there.
    path: PathBuf,
    /// The URL below which the items are; none where they are in the folder.
    url: Option<String>,
    /// What the table there calls this folder; none in the folder, and where the folder is of a time without such names.
    owner: Option<String>,
    /// Held while this process writes; the system lets go of it when the process ends, however it ends.
    lock: Option<File>,
}

impl Folder {
    /// Opens the only writer's folder, and makes it first where there is none.
    pub(crate) fn for_writing(path: &Path) -> Result<Self> {
        if let Some(url) = place::as_url(path) {
            return Err(MemoryError::BadUrl {
                url: place::checked(url)?,
                why: "a memory is written through a folder of its own, which names the URL"
                    .to_owned(),
            });
        }
        let mut folder = Self {
            path: path.to_owned(),
            url: None,
            owner: None,
            lock: None,
        };
        fs::create_dir_all(path).map_err(|error| folder.failed("making the folder", error))?;
        folder.path =
            fs::canonicalize(path).map_err(|error| folder.failed("finding the folder", error))?;
        if !folder.check_header()? {
            folder.check_empty()?;
        }
        let lock = File::options()
            .create(true)
            .append(true)
            .open(folder.path.join(LOCK));
        let lock = lock.map_err(|error| folder.failed("taking the writer's lock", error))?;
        match tried(&lock) {
            Ok(()) => folder.lock = Some(lock),
            Err(TryLockError::WouldBlock) => {
                return Err(MemoryError::Locked {
                    folder: folder.path,
                });
            }
            Err(TryLockError::Error(error)) => {
                return Err(folder.failed("taking the writer's lock", error));
            }
        }
        // Another process may have made the memory, and ended, since we looked.
        folder.check_header()?;
        Ok(folder)
    }

    /// Whether a folder says of itself that it is a memory's.
    pub(crate) fn is_memory(path: &Path) -> bool {
        path.join(HEADER).is_file()
    }

    /// The encoder that the folder says its stored vectors are of; this version's where there is no header.
    pub(crate) fn encoder_version(&self) -> Result<String> {
        let header = self.read::<Header>(HEADER)?;
        Ok(header.map_or_else(
            || ENCODER_VERSION.to_owned(),
            |header| header.encoder_version,
        ))
    }

    /// Says that all of the folder is of this version.
    pub(crate) fn set_header(&self) -> Result<()> {
        let header = Header::new(self.url.as_deref(), self.owner.as_deref());
        self.write(HEADER, &header)
    }

    /// Takes back what [`set_header`](Self::set_header) said of a folder whose table was not made.
    pub(crate) fn forget_header(&self) -> Result<()> {
        fs::remove_file(self.path.join(HEADER))
            .map_err(|error| self.failed(format!("removing {HEADER}"), error))
    }

    /// The version that the folder says it has; that of the columns where a table is read without its writer's folder.
    pub(crate) fn schema_version(&self) -> Result<u32> {
        let header = self.read::<Header>(HEADER)?;
        Ok(header.map_or(SCHEMA_VERSION, |header| header.schema_version))
    }

    /// Says where the items of a new folder are to be, and gives it a name for the table there. Returns whether it is new.
    pub(crate) fn keep_items_at(&mut self, url: String) -> Result<bool> {
        let is_new = self.read::<Header>(HEADER)?.is_none();
        if is_new {
            self.url = Some(url);
            self.owner = Some(header::new_owner());
        } else if self.url.as_ref() != Some(&url) {
            return Err(MemoryError::Elsewhere {
                folder: self.path.clone(),
                found: self.url.clone().unwrap_or_else(|| "the folder".to_owned()),
                wanted: url,
            });
        }
        Ok(is_new)
    }

    /// Opens a folder beside its writer, or a URL without its folder.
    pub(crate) fn for_reading(path: &Path) -> Result<Self> {
        let mut folder = Self {
            path: path.to_owned(),
            url: None,
            owner: None,
            lock: None,
        };
        if let Some(url) = place::as_url(path) {
            let url = place::checked(url)?;
            folder.path = PathBuf::from(&url);
            folder.url = Some(url);
            return Ok(folder);
        }
        if !path.is_dir() {
            return Err(MemoryError::Missing {
                folder: folder.path,
            });
        }
        folder.path =
            fs::canonicalize(path).map_err(|error| folder.failed("finding the folder", error))?;
        if !folder.check_header()? {
            let found = folder.foreign()?.unwrap_or_else(|| "nothing".to_owned());
            return Err(MemoryError::NotMemory {
                folder: folder.path,
                found,
            });
        }
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The URL below which the items are; none where they are in the folder.
    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// What the table at the URL calls this folder; none where it has no such name.
    pub(crate) fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// Where the items are.
    pub(crate) fn place(&self) -> Place {
        match &self.url {
            Some(url) => Place::Url(url.clone()),
            None => Place::Folder(self.path.clone()),
        }
    }

    /// Whether a URL is read without the folder of its writer.
    pub(crate) fn is_table_alone(&self) -> bool {
        place::as_url(&self.path).is_some()
    }

    pub(crate) fn writable(&self) -> bool {
        self.lock.is_some()
    }

    pub(crate) fn guard(&self) -> Result<Guard> {
        let stored = self.read::<Stored>("guard.json")?;
        Ok(stored.map(Guard::from).unwrap_or_default())
    }

    pub(crate) fn set_guard(&self, guard: &Guard) -> Result<()> {
        self.write("guard.json", guard)
    }

    /// None in a new folder.
    pub(crate) fn counters(&self) -> Result<Option<Counters>> {
        self.read("counters.json")
    }

    pub(crate) fn set_counters(&self, counters: &Counters) -> Result<()> {
        self.write("counters.json", counters)
    }

    /// The numbers of all checkpoints, ascending.
    pub(crate) fn checkpoints(&self) -> Result<Vec<u64>> {
        let entries = match fs::read_dir(self.path.join(CHECKPOINTS)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed("listing checkpoints", error)),
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| self.failed("listing checkpoints", error))?;
            let name = entry.file_name();
            let number = name
                .to_str()
                .and_then(|name| name.strip_suffix(".json")?.parse::<u64>().ok());
            numbers.extend(number);
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    pub(crate) fn checkpoint(&self, number: u64) -> Result<Option<Checkpoint>> {
        self.read(&checkpoint_file(number))
    }

    pub(crate) fn set_checkpoint(&self, number: u64, checkpoint: &Checkpoint) -> Result<()> {
        let folder = self.path.join(CHECKPOINTS);
        fs::create_dir_all(folder).map_err(|error| self.failed("making a checkpoint", error))?;
        self.write(&checkpoint_file(number), checkpoint)
    }

    pub(crate) fn remove_checkpoint(&self, number: u64) -> Result<()> {
        match fs::remove_file(self.path.join(checkpoint_file(number))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.failed("removing a checkpoint", error))
            }
            _ => Ok(()),
        }
    }

    /// Files in the folder and their bytes.
    pub(crate) fn size(&self) -> (u64, u64) {
        fn add(folder: &Path, total: &mut (u64, u64)) {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                match entry.metadata() {
                    Ok(found) if found.is_dir() => add(&entry.path(), total),
                    Ok(found) => *total = (total.0 + 1, total.1 + found.len()),
                    // A file that compaction took away meanwhile has no size.
                    Err(_) => {}
                }
            }
        }
        let mut total = (0, 0);
        add(&self.path, &mut total);
        total
    }

    /// The error for a failed operation on this folder's files.
    pub(crate) fn failed(&self, doing: impl Into<String>, source: io::Error) -> MemoryError {
        let folder = self.path.clone();
        match cause(&source) {
            Cause::Full => MemoryError::Full {
                folder,
                doing: doing.into(),
            },
            Cause::ReadOnly => MemoryError::ReadOnly {
                folder,
                why: source.to_string(),
            },
            Cause::Other => MemoryError::File {
                folder,
                doing: doing.into(),
                source,
            },
        }
    }

    /// Whether there is a header; an error where it is not one that this version reads.
    fn check_header(&mut self) -> Result<bool> {
        let Some(header) = self.read::<Header>(HEADER)? else {
            (self.url, self.owner) = (None, None);
            return Ok(false);
        };
        header.check(&self.path)?;
        self.url = header.items.as_deref().map(place::checked).transpose()?;
        self.owner = header.owner;
        Ok(true)
    }

    fn check_empty(&self) -> Result<()> {
        match self.foreign()? {
            Some(found) => Err(MemoryError::NotMemory {
                folder: self.path.clone(),
                found,
            }),
            None => Ok(()),
        }
    }

    /// Something in the folder that starting a memory does not make before it writes the header.
    fn foreign(&self) -> Result<Option<String>> {
        let listing = |error| self.failed("listing the folder", error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(listing)? {
            names.push(
                entry
                    .map_err(listing)?
                    .file_name()
                    .to_string_lossy()
                    .into_owned(),
            );
        }
        // A start that was cut off after it took the lock may have left these.
        let started = names.iter().any(|name| name == LOCK);
        let ours = |name: &str| [LOCK, ITEMS, JOURNAL].contains(&name) || name.ends_with(".part");
        names.retain(|name| !(started && ours(name)));
        Ok(names.into_iter().min())
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let text = match fs::read(self.path.join(name)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(format!("reading {name}"), error)),
        };
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| MemoryError::Corrupt {
                folder: self.path.clone(),
                what: format!("{name} is not what was written ({error})"),
            })
    }

    /// Writes a whole file, which is on the disk before it takes the place of the old one, or nothing.
    fn write(&self, name: &str, content: &impl Serialize) -> Result<()> {
        let whole = self.path.join(name);
        let part = whole.with_extension("json.part");
        let written = || -> io::Result<()> {
            let mut file = File::create(&part)?;
            file.write_all(&serde_json::to_vec(content)?)?;
            file.sync_data()?;
            fs::rename(&part, &whole)
        };
        written().map_err(|error| self.failed(format!("writing {name}"), error))
    }
}

fn checkpoint_file(number: u64) -> String {
    format!("{CHECKPOINTS}/{number}.json")
}

/// Takes a lock that nobody keeps. One that its owner let go is held for some moments by a process that is starting another:
/// until that runs its program, it has all files of the first.
fn tried(lock: &File) -> std::result::Result<(), TryLockError> {
    for _ in 0..20 {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
            done => return done,
        }
    }
    lock.try_lock()
}
