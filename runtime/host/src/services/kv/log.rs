//! A map in a file: its changes, one after another.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::{
    KvError, KvStoreError, file,
    record::{Entries, HEAD, read, record},
};

#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
    size: u64,
}

impl Log {
    /// The file, made where it is not there, and the map that is in it.
    pub(super) fn open(path: &Path) -> Result<(Self, Entries), KvStoreError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(file(folder))?;
        }
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(file(path))?,
        };
        let (entries, whole) = read(&bytes).map_err(|reason| KvStoreError::Damaged {
            path: path.to_owned(),
            reason,
        })?;
        let opened = OpenOptions::new().create(true).append(true).open(path);
        let mut opened = opened.map_err(file(path))?;
        opened.set_len(whole as u64).map_err(file(path))?;
        if whole == 0 {
            opened.write_all(HEAD).map_err(file(path))?;
        }
        let log = Self {
            path: path.to_owned(),
            file: opened,
            size: whole.max(HEAD.len()) as u64,
        };
        Ok((log, entries))
    }

    /// Bytes of the file.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn set(&mut self, key: &str, value: &[u8]) -> Result<(), KvError> {
        self.append(&record(key, Some(value)))
    }

    pub(super) fn delete(&mut self, key: &str) -> Result<(), KvError> {
        self.append(&record(key, None))
    }

    /// Writes a file with this map alone in place of the one there is.
    pub(super) fn rewrite(&mut self, entries: &Entries) -> Result<(), KvError> {
        let mut bytes = HEAD.to_vec();
        for (key, value) in entries {
            bytes.extend(record(key, Some(value)));
        }
        let new = self.path.with_extension("new");
        let written = fs::write(&new, &bytes)
            .and_then(|()| OpenOptions::new().append(true).open(&new))
            .and_then(|file| fs::rename(&new, &self.path).map(|()| file));
        self.file = written.map_err(|error| self.failed(error))?;
        self.size = bytes.len() as u64;
        Ok(())
    }

    fn append(&mut self, record: &[u8]) -> Result<(), KvError> {
        match self.file.write_all(record) {
            Ok(()) => {
                self.size += record.len() as u64;
                Ok(())
            }
            Err(error) => {
                // A change that is half there would hide those after it.
                let _ = self.file.set_len(self.size);
                Err(self.failed(error))
            }
        }
    }

    fn failed(&self, error: io::Error) -> KvError {
        KvError::Write {
            path: self.path.clone(),
            error,
        }
    }
}
