//! Compiled components, kept privately so that each is compiled once on a machine.
//!
//! ```text
//! <cache>/compiled-1/                                        owner only (0700)
//!   <component digest>-<engine hash>-<content digest>.cwasm  owner only (0600)
//!   <key>-<content digest>.made                              owner only (0600): data that a plugin's tools made
//! ```
//!
//! Compiled code is trusted like this program itself, so nothing is loaded that this user's FALCON
//! did not write: the folder must belong to the user and to no one else, and a file's content must
//! have the digest that its name says. A file is written beside and renamed, so it is whole or absent;
//! its digest is part of the name, so two processes that write at once cannot mix theirs.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

use falcon_episode::Digest;

/// Bytes of compiled code kept; the longest unused go first.
const CAPACITY: u64 = 2 << 30;

/// A private folder of compiled components.
#[derive(Clone, Debug)]
pub struct CompiledCache {
    folder: PathBuf,
}

/// Why compiled code cannot be kept in a folder.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The folder could not be made, read or written.
    #[error(
        "the cache of compiled plugins at {folder}: {error}; set FALCON_CACHE to a folder of your own"
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// Someone else could change what is in it.
    #[error(
        "the cache of compiled plugins at {folder} is not private ({reason}), and compiled code is run as it is; \
         remove the folder, or set FALCON_CACHE to a folder of your own"
    )]
    NotPrivate {
        /// The folder or file.
        folder: PathBuf,
        /// Why not.
        reason: String,
    },
    /// There is no place for it.
    #[error(
        "none of FALCON_CACHE, XDG_CACHE_HOME and HOME is set, so compiled plugins are not kept"
    )]
    NoPlace,
}

/// What is looked up: the component, and the engine that its code fits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) component: Digest,
    pub(crate) engine: Digest,
}

impl Key {
    fn prefix(&self) -> String {
        format!("{}-{}-", self.component.hex(), &self.engine.hex()[..16])
    }
}

impl CompiledCache {
    /// The user's own: in `FALCON_CACHE`, else `XDG_CACHE_HOME/falcon`, else `~/.cache/falcon`.
    ///
    /// # Errors
    /// Where there is no such folder, or it is not private.
    pub fn of_user() -> Result<Self, CacheError> {
        let set = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let root = set("FALCON_CACHE")
            .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("falcon")))
            .or_else(|| set("HOME").map(|home| home.join(".cache").join("falcon")))
            .ok_or(CacheError::NoPlace)?;
        Self::open(&root)
    }

    /// A cache below this folder, which is made where it is missing.
    ///
    /// # Errors
    /// Where it cannot be made, or others may write to it.
    pub fn open(root: &Path) -> Result<Self, CacheError> {
        let folder = root.join("compiled-1");
        let failed = |error| CacheError::Folder {
            folder: folder.clone(),
            error,
        };
        fs::create_dir_all(root).map_err(failed)?;
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.map_err(failed)?,
        }
        let found = fs::symlink_metadata(&folder).map_err(failed)?;
        if !found.is_dir() {
            return Err(not_private(&folder, "it is not a folder"));
        }
        private(&folder, &found)?;
        Ok(Self { folder })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of compiled code for this key whose content is what was written; what is not, goes.
    pub(crate) fn find(&self, key: &Key) -> Result<Option<PathBuf>, CacheError> {
        let failed = |error| CacheError::Folder {
            folder: self.folder.clone(),
            error,
        };
        let prefix = key.prefix();
        for entry in fs::read_dir(&self.folder).map_err(failed)?.flatten() {
            let name = entry.file_name();
            let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(&prefix)) else {
                continue;
            };
            let Some(content) = rest.strip_suffix(".cwasm") else {
                continue;
            };
            let path = entry.path();
            let found = fs::symlink_metadata(&path).map_err(failed)?;
            if !found.is_file() {
                return Err(not_private(&path, "it is not a regular file"));
            }
            private(&path, &found)?;
            if Digest::of(&fs::read(&path).map_err(failed)?).hex() == content {
                return Ok(Some(path));
            }
            // Cut short by a full disk or changed since: it is ours, and made again.
            fs::remove_file(&path).map_err(failed)?;
        }
        Ok(None)
    }

    /// Keeps compiled code.
    pub(crate) fn store(&self, key: &Key, code: &[u8]) -> Result<PathBuf, CacheError> {
        let name = format!("{}{}.cwasm", key.prefix(), Digest::of(code).hex());
        self.keep(&name, code)
    }

    fn keep(&self, name: &str, code: &[u8]) -> Result<PathBuf, CacheError> {
        let failed = |error| CacheError::Folder {
            folder: self.folder.clone(),
            error,
        };
        let path = self.folder.join(name);
        let mut file = tempfile::Builder::new()
            .prefix(".writing-")
            .tempfile_in(&self.folder)
            .map_err(failed)?;
        io::Write::write_all(&mut file, code).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        self.shrink(&path);
        Ok(path)
    }

    /// What was kept under a key that says all it depends on, where its content is what was written.
    pub(crate) fn read(&self, key: &Digest) -> Option<Vec<u8>> {
        let prefix = format!("{}-", key.hex());
        let entry = fs::read_dir(&self.folder).ok()?.flatten().find(|entry| {
            let name = entry.file_name();
            name.to_str()
                .is_some_and(|name| name.starts_with(&prefix) && name.ends_with(".made"))
        })?;
        let path = entry.path();
        let found = fs::symlink_metadata(&path)
            .ok()
            .filter(fs::Metadata::is_file)?;
        private(&path, &found).ok()?;
        let bytes = fs::read(&path).ok()?;
        let whole = path
            .to_str()?
            .ends_with(&format!("-{}.made", Digest::of(&bytes).hex()));
        Self::touch(&path);
        whole.then_some(bytes)
    }

    /// Keeps what was made under a key.
    pub(crate) fn write(&self, key: &Digest, bytes: &[u8]) -> Result<(), CacheError> {
        let name = format!("{}-{}.made", key.hex(), Digest::of(bytes).hex());
        self.keep(&name, bytes).map(drop)
    }

    /// Marks a file as used, for [`Self::shrink`].
    pub(crate) fn touch(path: &Path) {
        let file = fs::OpenOptions::new()
            .append(true)
            .custom_flags(libc::O_NOFOLLOW)
            .open(path);
        // Only the order of removal depends on it.
        let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
    }

    /// Removes the longest unused above the capacity. What fails here costs space, nothing else.
    fn shrink(&self, newest: &Path) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        let mut files: Vec<_> = entries
            .flatten()
            .filter_map(|entry| {
                let found = entry.metadata().ok().filter(fs::Metadata::is_file)?;
                Some((found.modified().ok()?, found.len(), entry.path()))
            })
            .filter(|(_, _, path)| path != newest)
            .collect();
        files.sort();
        let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in files {
            if total <= CAPACITY {
                break;
            }
            if fs::remove_file(path).is_ok() {
                total -= size;
            }
        }
    }
}

/// Belongs to this user, and only this user may write to it.
fn private(path: &Path, found: &fs::Metadata) -> Result<(), CacheError> {
    let user = effective_user();
    if found.uid() != user {
        let reason = format!(
            "it belongs to user {}, and this is user {user}",
            found.uid()
        );
        return Err(not_private(path, &reason));
    }
    if found.mode() & 0o022 != 0 {
        let reason = format!("others may write to it (mode {:o})", found.mode() & 0o777);
        return Err(not_private(path, &reason));
    }
    Ok(())
}

fn not_private(path: &Path, reason: &str) -> CacheError {
    CacheError::NotPrivate {
        folder: path.to_owned(),
        reason: reason.to_owned(),
    }
}

fn effective_user() -> u32 {
    #[allow(unsafe_code)]
    // SAFETY: geteuid takes nothing, touches no memory and cannot fail.
    unsafe {
        libc::geteuid()
    }
}
