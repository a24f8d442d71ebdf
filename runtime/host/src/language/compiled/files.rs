//! An in-memory file system: what the plugin file carries, read-only, and beside it what was put there or
//! is written. Nothing of the machine is in it.

use std::{collections::BTreeMap, sync::Arc};

use crate::payload::Archive;

/// Most bytes that one instance may write into files.
const WRITTEN: usize = 256 << 20;

/// WASI's numbers of errors.
pub(super) mod errno {
    pub(crate) const BADF: i32 = 8;
    pub(crate) const EXIST: i32 = 20;
    pub(crate) const FAULT: i32 = 21;
    pub(crate) const INVAL: i32 = 28;
    pub(crate) const ISDIR: i32 = 31;
    pub(crate) const NAMETOOLONG: i32 = 37;
    pub(crate) const NOENT: i32 = 44;
    pub(crate) const NOSPC: i32 = 51;
    pub(crate) const NOSYS: i32 = 52;
    pub(crate) const NOTDIR: i32 = 54;
    pub(crate) const SPIPE: i32 = 70;
}

/// What a descriptor stands for.
#[derive(Clone)]
pub(super) enum Open {
    /// Standard input.
    Stdin,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// A folder, by its path without a slash at the end; the root is empty.
    Folder(String),
    /// A file, and where it is read or written next.
    File { path: String, at: u64, append: bool },
}

/// The files that an instance sees.
pub(super) struct Files {
    base: Archive,
    own: BTreeMap<String, Arc<Vec<u8>>>,
    open: Vec<Option<Open>>,
    written: usize,
}

impl Files {
    /// Only the three standard streams.
    pub(super) fn none() -> Self {
        let open = [Open::Stdin, Open::Stdout, Open::Stderr].map(Some);
        Self {
            base: Archive::default(),
            own: BTreeMap::new(),
            open: open.into(),
            written: 0,
        }
    }

    /// These files below the root, which is opened.
    pub(super) fn of(base: Archive, own: BTreeMap<String, Arc<Vec<u8>>>) -> Self {
        let mut files = Self {
            base,
            own,
            ..Self::none()
        };
        files.open.push(Some(Open::Folder(String::new())));
        files
    }

    /// Takes a file out.
    pub(super) fn take(&mut self, path: &str) -> Option<Arc<Vec<u8>>> {
        self.own.remove(path)
    }

    /// What a descriptor stands for.
    pub(super) fn get(&self, fd: i32) -> Result<&Open, i32> {
        let slot = usize::try_from(fd).ok().and_then(|fd| self.open.get(fd));
        slot.and_then(Option::as_ref).ok_or(errno::BADF)
    }

    pub(super) fn close(&mut self, fd: i32) -> Result<(), i32> {
        self.get(fd)?;
        let slot = usize::try_from(fd).map_err(|_| errno::BADF)?;
        self.open[slot] = None;
        Ok(())
    }

    /// The path of a name below an opened folder.
    pub(super) fn resolve(&self, fd: i32, name: &str) -> Result<String, i32> {
        let Open::Folder(folder) = self.get(fd)? else {
            return Err(errno::NOTDIR);
        };
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in name.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        Ok(parts.iter().map(|part| format!("/{part}")).collect())
    }

    /// Opens a path: the new descriptor.
    pub(super) fn open(
        &mut self,
        path: String,
        create: bool,
        exclusive: bool,
        truncate: bool,
        append: bool,
    ) -> Result<i32, i32> {
        let open = if self.size(&path).is_some() {
            if create && exclusive {
                return Err(errno::EXIST);
            }
            if truncate {
                self.own.insert(path.clone(), Arc::default());
            }
            Open::File {
                path,
                at: 0,
                append,
            }
        } else if self.is_folder(&path) {
            Open::Folder(path)
        } else if create {
            self.own.insert(path.clone(), Arc::default());
            Open::File {
                path,
                at: 0,
                append,
            }
        } else {
            return Err(errno::NOENT);
        };
        let free = self.open.iter().position(Option::is_none);
        let slot = free.unwrap_or(self.open.len());
        if slot > 1000 {
            return Err(errno::NOSPC);
        }
        if free.is_none() {
            self.open.push(None);
        }
        self.open[slot] = Some(open);
        i32::try_from(slot).map_err(|_| errno::BADF)
    }

    /// Size of the file at a path, where there is one.
    pub(super) fn size(&self, path: &str) -> Option<u64> {
        self.content(path).map(|content| content.len() as u64)
    }

    /// Whether anything is below a path.
    pub(super) fn is_folder(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        let own = self.own.range(inside.clone()..).next();
        let starts = |found: &str| found.starts_with(&inside);
        path.is_empty()
            || own.is_some_and(|(found, _)| starts(found))
            || self.base.from(&inside).next().is_some_and(starts)
    }

    /// The names in a folder, and whether each is a folder.
    pub(super) fn list(&self, path: &str) -> Vec<(String, bool)> {
        let inside = format!("{path}/");
        let own = self
            .own
            .range(inside.clone()..)
            .map(|(path, _)| path.as_str());
        let mut found: BTreeMap<String, bool> = BTreeMap::new();
        let base = self
            .base
            .from(&inside)
            .take_while(|path| path.starts_with(&inside));
        for path in own.take_while(|path| path.starts_with(&inside)).chain(base) {
            let rest = &path[inside.len()..];
            match rest.split_once('/') {
                Some((name, _)) => found.insert(name.to_owned(), true),
                None => found.insert(rest.to_owned(), false),
            };
        }
        found.into_iter().collect()
    }

    /// The content of the file at a path.
    pub(super) fn content(&self, path: &str) -> Option<&[u8]> {
        match self.own.get(path) {
            Some(content) => Some(content),
            None => self.base.get(path).map(|content| &**content),
        }
    }

    /// Moves where a descriptor reads and writes next.
    pub(super) fn seek(
        &mut self,
        fd: i32,
        to: impl FnOnce(u64, u64) -> Option<u64>,
    ) -> Result<u64, i32> {
        let Open::File { path, at, .. } = self.get(fd)? else {
            return Err(errno::SPIPE);
        };
        let size = self.size(path).unwrap_or(0);
        let moved = to(*at, size).ok_or(errno::INVAL)?;
        self.moved(fd, moved);
        Ok(moved)
    }

    /// Sets where a file's descriptor goes on.
    pub(super) fn moved(&mut self, fd: i32, to: u64) {
        let slot = usize::try_from(fd)
            .ok()
            .and_then(|fd| self.open.get_mut(fd));
        if let Some(Some(Open::File { at, .. })) = slot {
            *at = to;
        }
    }

    /// Writes into a file of the instance's own.
    pub(super) fn write(&mut self, path: &str, at: u64, bytes: &[u8]) -> Result<(), i32> {
        let at = usize::try_from(at).map_err(|_| errno::NOSPC)?;
        let end = at.checked_add(bytes.len()).filter(|end| *end <= WRITTEN);
        let end = end.ok_or(errno::NOSPC)?;
        self.written = self.written.saturating_add(bytes.len());
        if self.written > WRITTEN {
            return Err(errno::NOSPC);
        }
        let content = Arc::make_mut(self.own.get_mut(path).ok_or(errno::BADF)?);
        if content.len() < end {
            content.resize(end, 0);
        }
        content[at..end].copy_from_slice(bytes);
        Ok(())
    }

    /// Sets a file's size.
    pub(super) fn resize(&mut self, path: &str, size: u64) -> Result<(), i32> {
        let size = usize::try_from(size).ok().filter(|size| *size <= WRITTEN);
        let size = size.ok_or(errno::NOSPC)?;
        let content = self.own.get_mut(path).ok_or(errno::BADF)?;
        Arc::make_mut(content).resize(size, 0);
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &str, to: String) -> Result<(), i32> {
        let content = self.own.remove(from).ok_or(errno::NOENT)?;
        self.own.insert(to, content);
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &str) -> Result<(), i32> {
        self.own.remove(path).map(drop).ok_or(errno::NOENT)
    }
}
