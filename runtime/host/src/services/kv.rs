//! Maps that outlive instances, one for each plugin name.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use falcon_package::{ByteSize, PluginName};

/// What each entry costs beyond its key and value, so that many empty ones are not free. Bytes.
const ENTRY: usize = 64;

/// The maps of all plugins, in memory. Clones share them.
#[derive(Clone, Debug)]
pub struct KvStore {
    quota: usize,
    maps: Arc<Mutex<HashMap<PluginName, Map>>>,
}

#[derive(Debug, Default)]
struct Map {
    entries: BTreeMap<String, Vec<u8>>,
    used: usize,
}

/// A value that was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the quota of {} is used up: {used} bytes are in use and {asked} more are asked for", ByteSize(*quota as u64))]
pub struct KvError {
    quota: usize,
    used: usize,
    asked: usize,
}

impl Default for KvStore {
    /// 1 MiB for each plugin.
    fn default() -> Self {
        Self::new(1 << 20)
    }
}

impl KvStore {
    /// Empty maps of at most `quota` bytes for each plugin; an entry counts 64 bytes, its key and its value.
    #[must_use]
    pub fn new(quota: usize) -> Self {
        Self {
            quota,
            maps: Arc::default(),
        }
    }

    /// What a plugin keeps under a key.
    #[must_use]
    pub fn get(&self, plugin: &PluginName, key: &str) -> Option<Vec<u8>> {
        self.lock().get(plugin)?.entries.get(key).cloned()
    }

    /// Keeps a value.
    ///
    /// # Errors
    /// Where the plugin's quota would be exceeded; what was there stays.
    pub fn set(&self, plugin: &PluginName, key: String, value: Vec<u8>) -> Result<(), KvError> {
        let mut maps = self.lock();
        let map = maps.entry(plugin.clone()).or_default();
        let old = map.entries.get(&key).map_or(0, |value| cost(&key, value));
        let asked = cost(&key, &value);
        let used = map.used - old;
        if used.saturating_add(asked) > self.quota {
            return Err(KvError {
                quota: self.quota,
                used,
                asked,
            });
        }
        map.used = used + asked;
        map.entries.insert(key, value);
        Ok(())
    }

    /// Forgets a key.
    pub fn delete(&self, plugin: &PluginName, key: &str) {
        if let Some(map) = self.lock().get_mut(plugin)
            && let Some(value) = map.entries.remove(key)
        {
            map.used -= cost(key, &value);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PluginName, Map>> {
        // Each change is whole when the lock is let go, so a panic elsewhere leaves nothing half-done.
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cost(key: &str, value: &[u8]) -> usize {
    ENTRY.saturating_add(key.len()).saturating_add(value.len())
}
