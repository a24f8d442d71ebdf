//! The file of a map.
//!
//! ```text
//! falcon kv 1\n
//! u32 size of the key · u32 size of the value, or all ones where the key is forgotten · key · value · checksum
//! ```
//!
//! Numbers are little-endian; the checksum is the first 8 bytes of the SHA-256 of what is before it. A last change
//! that is not whole was being written when the process ended, and did not happen.
//!
//! It stands apart from what opens files: the fuzz targets read it without.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

/// What a file begins with.
pub(super) const HEAD: &[u8] = b"falcon kv 1\n";
/// The size of a value that is none.
const FORGOTTEN: u32 = u32::MAX;
const CHECKSUM: usize = 8;

/// A map.
pub(super) type Entries = BTreeMap<String, Vec<u8>>;

/// A change as it is written: the key's new value, or none where it is forgotten.
pub(super) fn record(key: &str, value: Option<&[u8]>) -> Vec<u8> {
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
pub(super) fn read(bytes: &[u8]) -> Result<(Entries, usize), String> {
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
