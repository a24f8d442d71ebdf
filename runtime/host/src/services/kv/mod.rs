//! Maps that outlive instances, one for each plugin name: in memory, or in a folder where the operator names one.

mod log;
mod record;

use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use falcon_package::{ByteSize, PluginName};

use self::log::Log;

/// What each entry costs beyond its key and value, so that many empty ones are not free. Bytes.
const ENTRY: usize = 64;

/// The maps of all plugins. Clones share them.
#[derive(Clone, Debug)]
pub struct KvStore {
    quota: usize,
    maps: Arc<Mutex<HashMap<PluginName, Map>>>,
    /// Held as long as the store is, so that no other process writes there.
    _lock: Option<Arc<File>>,
}

#[derive(Debug, Default)]
struct Map {
    entries: BTreeMap<String, Vec<u8>>,
    used: usize,
    /// Where it lasts.
    log: Option<Log>,
}

/// A change that was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KvError {
    /// There is no room for it.
    #[error("the quota of {} is used up: {used} bytes are in use and {asked} more are asked for", ByteSize(*quota as u64))]
    Quota {
        /// Bytes that the plugin may keep.
        quota: usize,
        /// Those in use.
        used: usize,
        /// Those that are asked for.
        asked: usize,
    },
    /// Its file could not be written.
    #[error("cannot write {}: {error}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

/// A folder that no maps can be kept in.
#[derive(Debug, thiserror::Error)]
pub enum KvStoreError {
    /// It, or a file in it, could not be read or made.
    #[error("cannot use {}: {error}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// Another process keeps maps there.
    #[error("{} is in use by another falcon; end that one, or name another folder", .0.display())]
    InUse(PathBuf),
    /// A file in it is not what was written.
    #[error("{}: {reason}; remove the file, and the plugin begins with an empty map", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Default for KvStore {
    /// In memory, 1 MiB for each plugin.
    fn default() -> Self {
        Self::new(Self::QUOTA)
    }
}

impl KvStore {
    /// What each plugin may keep where nobody says otherwise, in bytes.
    pub const QUOTA: usize = 1 << 20;

    /// Empty maps in memory, of at most `quota` bytes for each plugin; an entry counts 64 bytes, its key and its value.
    #[must_use]
    pub fn new(quota: usize) -> Self {
        Self {
            quota,
            maps: Arc::default(),
            _lock: None,
        }
    }

    /// The maps of these plugins in a folder, which is made where it is not there. What is set is there for the next
    /// process, whatever ends this one; a power cut may take the last changes with it.
    ///
    /// A map belongs to the plugin's name, as the interface has it, and not to its digest: a new version finds what the
    /// one before it kept.
    ///
    /// # Errors
    /// Where the folder cannot be used, another process uses it, or a file in it is damaged.
    pub fn open<'a>(
        folder: &Path,
        quota: usize,
        plugins: impl IntoIterator<Item = &'a PluginName>,
    ) -> Result<Self, KvStoreError> {
        fs::create_dir_all(folder).map_err(file(folder))?;
        let lock = folder.join("lock");
        let held = File::create(&lock).map_err(file(&lock))?;
        held.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => KvStoreError::InUse(folder.to_owned()),
            fs::TryLockError::Error(error) => file(&lock)(error),
        })?;
        let mut maps = HashMap::new();
        for plugin in plugins {
            let path = folder
                .join(plugin.owner())
                .join(format!("{}.kv", plugin.name()));
            maps.insert(plugin.clone(), Map::open(&path)?);
        }
        Ok(Self {
            quota,
            maps: Arc::new(Mutex::new(maps)),
            _lock: Some(Arc::new(held)),
        })
    }

    /// What a plugin keeps under a key.
    #[must_use]
    pub fn get(&self, plugin: &PluginName, key: &str) -> Option<Vec<u8>> {
        self.lock().get(plugin)?.entries.get(key).cloned()
    }

    /// Keeps a value.
    ///
    /// # Errors
    /// Where the plugin's quota would be exceeded, or its file cannot be written; what was there stays.
    pub fn set(&self, plugin: &PluginName, key: String, value: Vec<u8>) -> Result<(), KvError> {
        let mut maps = self.lock();
        let map = maps.entry(plugin.clone()).or_default();
        let old = map.entries.get(&key).map_or(0, |value| cost(&key, value));
        let asked = cost(&key, &value);
        let used = map.used - old;
        if used.saturating_add(asked) > self.quota {
            return Err(KvError::Quota {
                quota: self.quota,
                used,
                asked,
            });
        }
        if let Some(log) = &mut map.log {
            log.set(&key, &value)?;
        }
        map.used = used + asked;
        map.entries.insert(key, value);
        map.shorten(self.quota)
    }

    /// Forgets a key.
    ///
    /// # Errors
    /// Where the plugin's file cannot be written; the key stays.
    pub fn delete(&self, plugin: &PluginName, key: &str) -> Result<(), KvError> {
        let mut maps = self.lock();
        let Some(map) = maps.get_mut(plugin) else {
            return Ok(());
        };
        if !map.entries.contains_key(key) {
            return Ok(());
        }
        if let Some(log) = &mut map.log {
            log.delete(key)?;
        }
        if let Some(value) = map.entries.remove(key) {
            map.used -= cost(key, &value);
        }
        map.shorten(self.quota)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PluginName, Map>> {
        // Each change is whole when the lock is let go, so a panic elsewhere leaves nothing half-done.
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Map {
    fn open(path: &Path) -> Result<Self, KvStoreError> {
        let (log, entries) = Log::open(path)?;
        Ok(Self {
            used: entries.iter().map(|(key, value)| cost(key, value)).sum(),
            entries,
            log: Some(log),
        })
    }

    /// Writes the file anew where what was replaced makes it much larger than what it keeps.
    fn shorten(&mut self, quota: usize) -> Result<(), KvError> {
        match &mut self.log {
            Some(log) if log.size() > 4 * quota as u64 => log.rewrite(&self.entries),
            _ => Ok(()),
        }
    }
}

fn cost(key: &str, value: &[u8]) -> usize {
    ENTRY.saturating_add(key.len()).saturating_add(value.len())
}

fn file(path: &Path) -> impl FnOnce(io::Error) -> KvStoreError + use<> {
    let path = path.to_owned();
    move |error| KvStoreError::File { path, error }
}
