//! What the numbers stand for by which a core module names its streams, folders and files.

use crate::language::files::{self, File, Files, Found, How, errno};

/// Most of them.
const MOST: usize = 1000;

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
    /// A file, the path by which it was opened, and where it is read or written next.
    File {
        file: File,
        path: String,
        at: u64,
        writes: Writes,
    },
}

/// Where what is written to a file goes, as it was opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Writes {
    /// Nowhere: it is only read.
    Nowhere,
    /// Where the descriptor is.
    Here,
    /// Behind all that is there.
    Behind,
}

/// The descriptors of an instance.
pub(super) struct Descriptors(Vec<Option<Open>>);

impl Descriptors {
    /// The three standard streams, and the root folder where there is one.
    pub(super) fn new(files: &Files) -> Self {
        let root = files.rooted().then(|| Open::Folder(String::new()));
        let streams = [Open::Stdin, Open::Stdout, Open::Stderr];
        Self(streams.into_iter().chain(root).map(Some).collect())
    }

    /// What a descriptor stands for.
    pub(super) fn get(&self, fd: i32) -> Result<&Open, i32> {
        let slot = usize::try_from(fd).ok().and_then(|fd| self.0.get(fd));
        slot.and_then(Option::as_ref).ok_or(errno::BADF)
    }

    pub(super) fn close(&mut self, fd: i32) -> Result<(), i32> {
        self.get(fd)?;
        let slot = usize::try_from(fd).map_err(|_| errno::BADF)?;
        self.0[slot] = None;
        Ok(())
    }

    /// The path of a name below an opened folder.
    pub(super) fn resolve(&self, fd: i32, name: &str) -> Result<String, i32> {
        match self.get(fd)? {
            Open::Folder(folder) => Ok(files::resolve(folder, name)),
            _ => Err(errno::NOTDIR),
        }
    }

    /// Opens a path: the new descriptor.
    pub(super) fn open(
        &mut self,
        files: &mut Files,
        path: String,
        how: How,
        writes: Writes,
    ) -> Result<i32, i32> {
        let free = self.0.iter().position(Option::is_none);
        let slot = free.unwrap_or(self.0.len());
        if slot >= MOST {
            return Err(errno::MFILE);
        }
        let open = match files.open(&path, how)? {
            Found::Folder if writes != Writes::Nowhere => return Err(errno::ISDIR),
            Found::Folder => Open::Folder(path),
            Found::File(file) => Open::File {
                file,
                path,
                at: 0,
                writes,
            },
        };
        if free.is_none() {
            self.0.push(None);
        }
        self.0[slot] = Some(open);
        i32::try_from(slot).map_err(|_| errno::BADF)
    }

    /// Moves where a descriptor reads and writes next, from where it does now and the file's size.
    pub(super) fn seek(
        &mut self,
        fd: i32,
        to: impl FnOnce(u64, u64) -> Option<u64>,
    ) -> Result<u64, i32> {
        let Open::File { file, at, .. } = self.get(fd)? else {
            return Err(errno::SPIPE);
        };
        let moved = to(*at, file.size()).ok_or(errno::INVAL)?;
        self.moved(fd, moved);
        Ok(moved)
    }

    /// Sets where a file's descriptor goes on.
    pub(super) fn moved(&mut self, fd: i32, to: u64) {
        let slot = usize::try_from(fd).ok().and_then(|fd| self.0.get_mut(fd));
        if let Some(Some(Open::File { at, .. })) = slot {
            *at = to;
        }
    }
}
