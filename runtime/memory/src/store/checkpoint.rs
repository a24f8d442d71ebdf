use std::collections::BTreeMap;

use super::{Store, failed};
use crate::{
    counters::{Checkpoint, Counters},
    error::{MemoryError, Result},
    folder::Folder,
    table::Items,
};

impl Store {
    /// Names the present content by the next number.
    pub(super) fn set_checkpoint(&self) -> Result<u64> {
        let mut writer = self.writer();
        self.prepare_write(&mut writer)?;
        {
            let mut state = self.write();
            let mut counters = self.counters(&state);
            counters.remember(state.snapshot.len());
            state.counters.history = counters.history;
        }
        self.commit(&mut writer)?;
        let number = self.folder.checkpoints()?.last().map_or(1, |last| last + 1);
        let table_version = self.run("making a checkpoint", self.items.version())?;
        // The tag comes first: from then on the version stays, and a file never names one that is gone.
        self.run(
            "making a checkpoint",
            self.items.tag(&tag(number), table_version),
        )?;
        let checkpoint = Checkpoint {
            table_version,
            counters: self.counters(&self.read()),
        };
        self.folder.set_checkpoint(number, &checkpoint)?;
        Ok(number)
    }

    /// Goes back to a checkpoint. Later items and later checkpoints are dropped; what the guard knows stays.
    pub(super) fn go_back(&self, number: u64) -> Result<()> {
        let mut writer = self.writer();
        if !self.folder.writable() {
            self.prepare_write(&mut writer)?;
        }
        let checkpoint = named(&self.folder, number)?;
        writer.stale = true;
        // What the table does not have is later than any checkpoint. It goes first, or a kill would leave
        // it to be played over the earlier items.
        if let Some(journal) = &mut writer.journal {
            journal.start_over(&self.folder)?;
        }
        let doing = format!("going back to checkpoint {number}");
        // The handle stands at an earlier version where a commit landed whose answer was lost.
        self.run(&doing, self.items.refresh())?;
        if self.run(&doing, self.items.version())? != checkpoint.table_version {
            self.run(&doing, self.items.restore(checkpoint.table_version))?;
        }
        self.folder.set_counters(&checkpoint.counters)?;
        self.drop_checkpoints(|other| other > number)?;
        let rows = self.rows()?;
        let mut state = self.write();
        self.fill(
            &mut state,
            &mut writer,
            checkpoint.counters,
            rows,
            Vec::new(),
        )?;
        let leaks = state
            .guard
            .leaks(state.snapshot.records().map(|record| &record.item));
        if !leaks.is_empty() {
            return Err(MemoryError::AlreadyLeaked {
                folder: self.folder.path().to_owned(),
                leaks,
            });
        }
        drop(state);
        // The checkpoint may be older than the encoder, of which the folder says that all its vectors are.
        if self.run(&doing, self.items.has_older_vectors())? {
            self.embed_again()?;
        }
        Ok(())
    }

    /// Forgets all checkpoints before this one, so that maintenance may remove their versions.
    pub(super) fn release_checkpoints_before(&self, number: u64) -> Result<()> {
        let mut writer = self.writer();
        self.prepare_write(&mut writer)?;
        self.drop_checkpoints(|other| other < number)
    }

    fn drop_checkpoints(&self, goes: impl Fn(u64) -> bool) -> Result<()> {
        // Files go first: a file never names a version that is gone. A tag that a kill leaves without
        // its file goes here the next time.
        for number in self.folder.checkpoints()? {
            if goes(number) {
                self.folder.remove_checkpoint(number)?;
            }
        }
        let doing = "releasing checkpoints";
        for name in self.run(doing, self.items.tags())? {
            let number = name.strip_prefix(TAG).and_then(|rest| rest.parse().ok());
            if number.is_some_and(&goes) {
                self.run(doing, self.items.untag(&name))?;
            }
        }
        Ok(())
    }
}

/// The checkpoint of this number; an error that says which there are where there is none.
pub(super) fn named(folder: &Folder, number: u64) -> Result<Checkpoint> {
    match folder.checkpoint(number)? {
        Some(checkpoint) => Ok(checkpoint),
        None => Err(MemoryError::NoCheckpoint {
            folder: folder.path().to_owned(),
            wanted: number,
            available: folder.checkpoints()?,
        }),
    }
}

/// The checkpoint of this number of a table that is read without its writer's folder: its tag says which version it is.
pub(super) async fn tagged(folder: &Folder, number: u64) -> Result<Checkpoint> {
    let tags = async { Items::open(&folder.place()).await?.tagged().await };
    let tags = tags.await;
    let tags = tags.map_err(|error| failed(folder, 0, "reading the checkpoints", error))?;
    let numbered = numbered(tags);
    match numbered.get(&number) {
        Some(version) => Ok(Checkpoint {
            table_version: *version,
            counters: Counters::default(),
        }),
        None => Err(MemoryError::NoCheckpoint {
            folder: folder.path().to_owned(),
            wanted: number,
            available: numbered.into_keys().collect(),
        }),
    }
}

/// The versions of checkpoints by their numbers, of all tags.
pub(super) fn numbered(tags: BTreeMap<String, u64>) -> BTreeMap<u64, u64> {
    let numbered = tags.into_iter().filter_map(|(name, version)| {
        let number = name.strip_prefix(TAG)?.parse::<u64>().ok()?;
        Some((number, version))
    });
    numbered.collect()
}

const TAG: &str = "checkpoint-";

fn tag(number: u64) -> String {
    format!("{TAG}{number}")
}
