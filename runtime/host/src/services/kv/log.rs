//! A map in a file: its changes, one after another.
//!
//! ```text
//! falcon kv 1\n
//! u32 size of the key · u32 size of the value, or all ones where the key is forgotten · key · value · checksum
//! ```
//!
//! Numbers are little-endian; the checksum is the first 8 bytes of the SHA-256 of what is before it. A last change
//! that is not whole was being written when the process ended, and did not happen.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::{KvError, KvStoreError, file};

const HEAD: &[u8] = b"falcon kv 1\n";
/// The size of a value that is none.
const FORGOTTEN: u32 = u32::MAX;
const CHECKSUM: usize = 8;

#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
    size: u64,
}

type Entries = BTreeMap<String, Vec<u8>>;

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

fn record(key: &str, value: Option<&[u8]>) -> Vec<u8> {
    // The quota keeps both below 4 GiB.
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(FORGOTTEN - 1);
    let mut record = Vec::new();
    record.extend(size(key.as_bytes()).to_le_bytes());
    record.extend(value.map_or(FORGOTTEN, size).to_le_bytes());
    record.extend(key.as_bytes());
    record.extend(value.unwrap_or_default());
    let sum = Sha256::digest(&record);
    record.extend(&sum[..CHECKSUM]);
    record
}

/// The map that a file's bytes are, and how many of them are whole changes.
fn read(bytes: &[u8]) -> Result<(Entries, usize), String> {
    let mut entries = Entries::new();
    if bytes.len() < HEAD.len() && HEAD.starts_with(bytes) {
        return Ok((entries, 0));
    }
    if !bytes.starts_with(HEAD) {
        return Err("it does not begin as such a file does".to_owned());
    }
    let mut at = HEAD.len();
    while let Some(change) = Change::at(bytes, at) {
        let end = change.end;
        let (content, sum) = bytes[at..end].split_at(end - at - CHECKSUM);
        let key = str::from_utf8(change.key);
        if Sha256::digest(content)[..CHECKSUM] != *sum || key.is_err() {
            return Err(format!("the change at byte {at} is not what was written"));
        }
        let key = key.unwrap_or_default();
        match change.value {
            Some(value) => entries.insert(key.to_owned(), value.to_vec()),
            None => entries.remove(key),
        };
        at = end;
    }
    Ok((entries, at))
}

struct Change<'a> {
    key: &'a [u8],
    value: Option<&'a [u8]>,
    /// Where the next one begins.
    end: usize,
}

impl<'a> Change<'a> {
    /// The change that begins there, where all of it is there.
    fn at(bytes: &'a [u8], at: usize) -> Option<Self> {
        let number = |at: usize| {
            let four = bytes.get(at..at.checked_add(4)?)?;
            Some(u32::from_le_bytes(four.try_into().ok()?))
        };
        let (key, value) = (number(at)?, number(at + 4)?);
        let part = |from: usize, size: usize| bytes.get(from..from.checked_add(size)?);
        let key = part(at + 8, key as usize)?;
        let after = at + 8 + key.len();
        let value = match value {
            FORGOTTEN => None,
            size => Some(part(after, size as usize)?),
        };
        let end = after + value.map_or(0, <[u8]>::len) + CHECKSUM;
        (end <= bytes.len()).then_some(Self { key, value, end })
    }
}
