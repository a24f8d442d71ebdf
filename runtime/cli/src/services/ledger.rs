//! A run's ledgers: from which step on it had which plugins.

use std::{fs, io, path::PathBuf};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    failure::{Failure, OrFail as _},
    output::write_file,
};

/// What a ledger says of a step and those after it.
pub(crate) trait FromStep: Serialize + DeserializeOwned {
    /// The first step, from 1; 0 for what the run began with.
    fn step(&self) -> u64;
}

/// The entries, in the order of their steps. What is in it is on disk.
pub(crate) struct Ledger<E> {
    path: PathBuf,
    entries: Vec<E>,
}

impl<E: FromStep> Ledger<E> {
    /// The ledger in this file; empty where there is none.
    pub(crate) fn open(path: PathBuf) -> Result<Self, Failure> {
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

    pub(crate) fn entries(&self) -> &[E] {
        &self.entries
    }

    /// The entry that holds at a step; none in an empty ledger.
    pub(crate) fn at(&self, step: u64) -> Option<&E> {
        self.entries.iter().rev().find(|entry| entry.step() <= step)
    }

    /// Whether the ledger says already what judges at this step or after it.
    pub(crate) fn settles(&self, step: u64) -> bool {
        self.entries.last().is_some_and(|last| last.step() >= step)
    }

    /// Adds an entry, durably.
    pub(crate) fn add(&mut self, entry: E) -> Result<(), Failure> {
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

    #[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Entry {
        step: u64,
    }

    impl FromStep for Entry {
        fn step(&self) -> u64 {
            self.step
        }
    }

    #[test]
    fn each_step_has_the_entry_before_it() {
        let folder = std::env::temp_dir().join(format!("falcon-ledger-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("ledger.jsonl");
        let mut ledger = Ledger::open(path.clone()).unwrap();
        assert_eq!(ledger.at(5), None);
        for step in [0, 20, 30] {
            ledger.add(Entry { step }).unwrap();
        }
        let again = Ledger::open(path).unwrap();
        for (step, wanted, settled) in [
            (1, 0, true),
            (20, 20, true),
            (29, 20, true),
            (30, 30, true),
            (31, 30, false),
        ] {
            assert_eq!(again.at(step), Some(&Entry { step: wanted }), "{step}");
            assert_eq!(again.settles(step), settled, "{step}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
