//! What descriptors stand for, and how they are looked up and paid for.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::{
    FsError, FsResult,
    bindings::{filesystem::types::ErrorCode, sync::filesystem::types::Descriptor},
};

use super::{OwnView, price};
use crate::language::files::{self, File, Found, Full, errno};

/// What a descriptor stands for. The table has it under the number of a descriptor of the machine's, of which there is none.
#[derive(Clone)]
pub(super) enum Entry {
    Folder(String),
    File {
        file: File,
        path: String,
        writes: bool,
    },
}

impl Entry {
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Folder(path) | Self::File { path, .. } => path,
        }
    }
}

/// What an error's number of preview 1 is here.
pub(super) fn refused(number: i32) -> FsError {
    match number {
        errno::NOSPC => FsError::trap(Full),
        errno::BADF => ErrorCode::BadDescriptor.into(),
        errno::EXIST => ErrorCode::Exist.into(),
        errno::FBIG => ErrorCode::FileTooLarge.into(),
        errno::ISDIR => ErrorCode::IsDirectory.into(),
        errno::MFILE => ErrorCode::Quota.into(),
        errno::NAMETOOLONG => ErrorCode::NameTooLong.into(),
        errno::NOENT => ErrorCode::NoEntry.into(),
        errno::NOTDIR => ErrorCode::NotDirectory.into(),
        errno::NOTEMPTY => ErrorCode::NotEmpty.into(),
        errno::PERM => ErrorCode::NotPermitted.into(),
        _ => ErrorCode::Invalid.into(),
    }
}

impl OwnView<'_> {
    pub(super) fn spend(&self, fuel: u64) -> FsResult<()> {
        self.call(fuel).map_err(FsError::trap)
    }

    /// Pays for what the files did.
    pub(super) fn settle<T>(&self, done: Result<T, i32>) -> FsResult<T> {
        self.work.charge(self.files.owed()).map_err(FsError::trap)?;
        done.map_err(refused)
    }

    pub(super) fn entry(&self, fd: &Resource<Descriptor>) -> FsResult<Entry> {
        let own = Resource::<Entry>::new_borrow(fd.rep());
        Ok(self.table.get(&own)?.clone())
    }

    /// A file, and whether it was opened to be written.
    pub(super) fn file(&self, fd: &Resource<Descriptor>) -> FsResult<(File, bool)> {
        self.spend(0)?;
        match self.entry(fd)? {
            Entry::File { file, writes, .. } => Ok((file, writes)),
            Entry::Folder(_) => Err(ErrorCode::IsDirectory.into()),
        }
    }

    pub(super) fn written(&self, fd: &Resource<Descriptor>) -> FsResult<File> {
        match self.file(fd)? {
            (file, true) => Ok(file),
            (_, false) => Err(ErrorCode::BadDescriptor.into()),
        }
    }

    pub(super) fn folder(&self, fd: &Resource<Descriptor>) -> FsResult<String> {
        match self.entry(fd)? {
            Entry::Folder(path) => Ok(path),
            Entry::File { .. } => Err(ErrorCode::NotDirectory.into()),
        }
    }

    /// The path of a name below a folder.
    pub(super) fn below(&self, fd: &Resource<Descriptor>, name: &str) -> FsResult<String> {
        if name.len() > files::PATH {
            return Err(ErrorCode::NameTooLong.into());
        }
        let path = files::resolve(&self.folder(fd)?, name);
        self.spend(price::PATH.saturating_mul(path.len() as u64))?;
        if path.len() > files::PATH {
            return Err(ErrorCode::NameTooLong.into());
        }
        Ok(path)
    }

    pub(super) fn push(&mut self, entry: Entry) -> wasmtime::Result<Resource<Descriptor>> {
        let own = self.table.push(entry)?;
        Ok(Resource::new_own(own.rep()))
    }

    pub(super) fn found(&self, path: &str) -> FsResult<Found> {
        self.settle(self.files.find(path).ok_or(errno::NOENT))
    }
}
