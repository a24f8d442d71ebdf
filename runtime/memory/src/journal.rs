//! What was acknowledged and is not in the table yet: the write-ahead file.
//!
//! A commit of the table is a new file and a new version, far too much for a small write. So a write is
//! acknowledged once it is in the journal, and the table gets many of them in one commit, after which
//! the journal starts over under the next *generation*. Entries say what an item *is*, never what to add
//! to it, so that going through the journal again over a table which has part of it, or all, ends in
//! the same items.
//!
//! ```text
//! falcon-memory-journal 1\n  generation: u64
//! entry, a frame
//! entry …
//! ```
//!
//! What the system has taken survives a process that is killed, which is what is promised. Entries do not wait for the
//! disk, nor does LanceDB, so the last seconds before a power cut may be lost. What a power cut leaves of an entry, a part of it or
//! zeros where the disk has not got it yet, is left out when the file is opened; a new journal is on the disk before it takes
//! the place of the old one.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
};

use falcon_episode::MemoryItem;
use serde::{Deserialize, Serialize};

use crate::{
    counters::Counters,
    error::{MemoryError, Result},
    folder::Folder,
    frame::{self, FRAME},
    record::Record,
};

/// The journal's name in the folder.
pub(crate) const JOURNAL: &str = "journal.bin";

const MAGIC: &[u8] = b"falcon-memory-journal 1\n";
const HEADER: usize = MAGIC.len() + 8;

/// What one write changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Items as they are now.
    pub(crate) put: Vec<Row>,
    /// Items that were shown: id, utility and uses as they are now.
    pub(crate) used: Vec<(String, f64, u32)>,
    /// Ids of items that left.
    pub(crate) removed: Vec<String>,
    /// The counters as they are now.
    pub(crate) counters: Counters,
}

/// An item as the journal has it: its id follows from the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    item: MemoryItem,
    utility: f64,
    uses: u32,
    sequence: u64,
}

impl From<Record> for Row {
    fn from(record: Record) -> Self {
        Self {
            item: record.item,
            utility: record.utility,
            uses: record.uses,
            sequence: record.sequence,
        }
    }
}

impl From<Row> for Record {
    fn from(row: Row) -> Self {
        Self {
            utility: row.utility,
            uses: row.uses,
            ..Self::new(row.item, row.sequence)
        }
    }
}

/// A folder's journal as it was found.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Found {
    pub(crate) generation: u64,
    pub(crate) entries: Vec<Entry>,
    /// Bytes of whole entries, the head included. What follows was cut off while it was written, and so
    /// was never acknowledged.
    length: u64,
}

/// The journal of a folder's writer.
pub(crate) struct Journal {
    file: File,
    length: u64,
    generation: u64,
}

impl Journal {
    /// Opens the folder's journal to go on with it; starts one where there is none.
    pub(crate) fn open(folder: &Folder) -> Result<(Self, Vec<Entry>)> {
        let Some(found) = read(folder)? else {
            return Ok((Self::start(folder, 1)?, Vec::new()));
        };
        let cut = || {
            let file = File::options()
                .write(true)
                .open(folder.path().join(JOURNAL))?;
            file.set_len(found.length)?;
            Ok(file)
        };
        let journal = Self {
            file: cut().map_err(|error| folder.failed("opening the journal", error))?,
            length: found.length,
            generation: found.generation,
        };
        Ok((journal, found.entries))
    }

    /// Adds an entry. When this returns, the entry survives the process.
    pub(crate) fn append(&mut self, folder: &Folder, entry: &Entry) -> Result<()> {
        let frame =
            frame::frame(entry).map_err(|error| folder.failed("writing the journal", error))?;
        let written = write_at(&mut self.file, self.length, &frame);
        written.map_err(|error| {
            // Half an entry is no harm: the next one is written over it, and a reader stops before it.
            let _ = self.file.set_len(self.length);
            folder.failed("writing the journal", error)
        })?;
        self.length += frame.len() as u64;
        Ok(())
    }

    /// Begins the next generation, once the table has all of this one.
    pub(crate) fn start_over(&mut self, folder: &Folder) -> Result<()> {
        if self.length > HEADER as u64 {
            *self = Self::start(folder, self.generation + 1)?;
        }
        Ok(())
    }

    /// Bytes of all entries.
    pub(crate) fn bytes(&self) -> u64 {
        self.length - HEADER as u64
    }

    fn start(folder: &Folder, generation: u64) -> Result<Self> {
        let whole = folder.path().join(JOURNAL);
        let part = whole.with_extension("bin.part");
        let made = || -> io::Result<File> {
            let mut file = File::create(&part)?;
            file.write_all(&[MAGIC, &generation.to_le_bytes()].concat())?;
            file.sync_data()?;
            fs::rename(&part, &whole)?;
            Ok(file)
        };
        let file = made().map_err(|error| folder.failed("starting the journal", error))?;
        Ok(Self {
            file,
            length: HEADER as u64,
            generation,
        })
    }
}

/// The folder's journal; none in a folder without one. A last entry that was cut off is left out.
pub(crate) fn read(folder: &Folder) -> Result<Option<Found>> {
    let bytes = match fs::read(folder.path().join(JOURNAL)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(folder.failed("reading the journal", error)),
    };
    let damaged = |what: String| MemoryError::Corrupt {
        folder: folder.path().to_owned(),
        what: format!("{JOURNAL}: {what}"),
    };
    let head = bytes
        .strip_prefix(MAGIC)
        .and_then(|rest| rest.first_chunk());
    let Some(generation) = head else {
        return Err(damaged("it does not begin as a journal does".to_owned()));
    };
    let mut found = Found {
        generation: u64::from_le_bytes(*generation),
        entries: Vec::new(),
        length: HEADER as u64,
    };
    let mut rest = &bytes[HEADER..];
    while let Some((payload, check, after)) = frame::next(rest) {
        let number = found.entries.len() + 1;
        if !frame::holds(payload, check) {
            // Nothing is written after an entry that is not whole, unless something else wrote there. Zeros are what a file has
            // that had grown and not reached the disk yet when the power went.
            if after.iter().all(|byte| *byte == 0) {
                break;
            }
            return Err(damaged(format!("entry {number} is not what was written")));
        }
        let entry = postcard::from_bytes(payload);
        found.entries.push(
            entry.map_err(|error| damaged(format!("entry {number} cannot be read ({error})")))?,
        );
        found.length += (FRAME + payload.len()) as u64;
        rest = after;
    }
    Ok(Some(found))
}

fn write_at(file: &mut File, at: u64, bytes: &[u8]) -> io::Result<()> {
    use std::io::Seek as _;
    file.seek(io::SeekFrom::Start(at))?;
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64) -> Entry {
        Entry {
            used: vec![(format!("item {number}"), 0.1 + number as f64, 3)],
            removed: vec!["another".to_owned()],
            counters: Counters {
                newest: number,
                ..Counters::default()
            },
            ..Entry::default()
        }
    }

    #[test]
    fn entries_come_back_and_a_cut_off_one_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::for_writing(folder.path()).unwrap();
        let (mut journal, entries) = Journal::open(&folder).unwrap();
        assert_eq!((entries.len(), journal.bytes()), (0, 0));
        for number in 0..3 {
            journal.append(&folder, &entry(number)).unwrap();
        }
        let path = folder.path().join(JOURNAL);
        let whole = fs::read(&path).unwrap();
        let two = whole.len() - (whole.len() - HEADER) / 3;
        for length in HEADER..=whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let found = read(&folder).unwrap().unwrap();
            let expected = (length - HEADER) / (whole.len() - two);
            assert_eq!(found.entries.len(), expected, "{length} bytes");
        }
        for written in [two, two + FRAME + 3] {
            fs::write(&path, [&whole[..written], &[0; 4096]].concat()).unwrap();
            assert_eq!(read(&folder).unwrap().unwrap().entries.len(), 2);
        }
        // Going on after a cut leaves no trace of the half entry.
        fs::write(&path, &whole[..whole.len() - 5]).unwrap();
        let (mut journal, entries) = Journal::open(&folder).unwrap();
        assert_eq!(entries, [entry(0), entry(1)]);
        journal.append(&folder, &entry(9)).unwrap();
        let found = read(&folder).unwrap().unwrap();
        assert_eq!(found.entries, [entry(0), entry(1), entry(9)]);
        journal.start_over(&folder).unwrap();
        journal.start_over(&folder).unwrap();
        let found = read(&folder).unwrap().unwrap();
        assert_eq!((found.generation, found.entries.len()), (2, 0));
    }

    #[test]
    fn damage_inside_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::for_writing(folder.path()).unwrap();
        let (mut journal, _) = Journal::open(&folder).unwrap();
        journal.append(&folder, &entry(0)).unwrap();
        journal.append(&folder, &entry(1)).unwrap();
        let path = folder.path().join(JOURNAL);
        let mut bytes = fs::read(&path).unwrap();
        bytes[HEADER + FRAME + 2] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let error = read(&folder).unwrap_err().to_string();
        assert!(
            error.contains("entry 1") && error.contains("damaged"),
            "{error}"
        );
        fs::write(&path, "something else").unwrap();
        let error = read(&folder).unwrap_err().to_string();
        assert!(error.contains(JOURNAL), "{error}");
    }
}
