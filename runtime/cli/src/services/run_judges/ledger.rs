//! `judges.jsonl`: from which step of a run which judges made its rewards.

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use falcon_episode::Digest;
use serde::{Deserialize, Serialize};

use crate::{
    failure::{Failure, OrFail as _},
    output::write_file,
};

/// Judges from a step on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The first step that they judge, from 1; 0 for those that the run began with.
    pub(crate) step: u64,
    /// Digest of the reward file.
    pub(crate) reward: Digest,
    /// Digest of each judge, by name.
    pub(crate) judges: BTreeMap<String, Digest>,
}

/// The entries, in the order of their steps. What is in it is on disk.
pub(super) struct Ledger {
    path: PathBuf,
    entries: Vec<Entry>,
}

impl Ledger {
    /// The ledger in this file; empty where there is none.
    pub(super) fn open(path: PathBuf) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::file(error, format!("cannot read {shown}"))),
        };
        let entries = text.lines().map(serde_json::from_str);
        let entries = entries
            .collect::<Result<_, _>>()
            .or_usage(format!("{shown} is not what falcon wrote"))?;
        Ok(Self { path, entries })
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry that holds at a step; none in an empty ledger.
    pub(super) fn at(&self, step: u64) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.step <= step)
    }

    /// Whether the ledger says already what judges at this step or after it.
    pub(super) fn settles(&self, step: u64) -> bool {
        self.entries.last().is_some_and(|last| last.step >= step)
    }

    /// Adds an entry, durably.
    pub(super) fn add(&mut self, entry: Entry) -> Result<(), Failure> {
        let mut text = String::new();
        for entry in self.entries.iter().chain([&entry]) {
            text += &serde_json::to_string(entry).map_err(Failure::infrastructure)?;
            text.push('\n');
        }
        write_file(&self.path, text.as_bytes())?;
        self.entries.push(entry);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(step: u64) -> Entry {
        let digest = Digest::of(&step.to_le_bytes());
        Entry {
            step,
            reward: digest,
            judges: BTreeMap::from([("a/judge".to_owned(), digest)]),
        }
    }

    #[test]
    fn each_step_has_the_judges_of_the_entry_before_it() {
        let folder = std::env::temp_dir().join(format!("falcon-ledger-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("judges.jsonl");
        let mut ledger = Ledger::open(path.clone()).unwrap();
        assert_eq!(ledger.at(5), None);
        for step in [0, 20, 30] {
            ledger.add(entry(step)).unwrap();
        }
        let again = Ledger::open(path).unwrap();
        for (step, wanted, settled) in [
            (1, 0, true),
            (20, 20, true),
            (29, 20, true),
            (30, 30, true),
            (31, 30, false),
        ] {
            assert_eq!(again.at(step), Some(&entry(wanted)), "{step}");
            assert_eq!(again.settles(step), settled, "{step}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
