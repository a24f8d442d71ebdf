use std::{fmt, io, path::PathBuf};

use crate::{advice, guard::Leak, policy::PolicyError, said};

/// Why memory could not do what was asked. Every text says where, what, and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The folder is not there.
    #[error("there is no memory in {}: the folder does not exist. Check the path, or let a training run create it", .folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds something else.
    #[error("{} is not a memory folder: it holds {found} but no memory.json. Name a memory folder, or an empty or new folder to start one", .folder.display())]
    NotMemory {
        /// The folder.
        folder: PathBuf,
        /// Something that it holds.
        found: String,
    },
    /// A later FALCON wrote the folder.
    #[error("{} has memory schema {found}, and this falcon knows up to {known}: a newer falcon wrote it. Upgrade falcon, or use another folder", .folder.display())]
    Newer {
        /// The folder.
        folder: PathBuf,
        /// Its schema's version.
        found: u32,
        /// The newest version that can be read.
        known: u32,
    },
    /// Another process writes the folder.
    #[error("{} is being written by another process, and memory has one writer. Wait for it, stop it, or use another folder", .folder.display())]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder, or this handle to it, does not take writes.
    #[error("{} cannot be written ({why}). Change its permissions, or use a folder that you may write", .folder.display())]
    ReadOnly {
        /// The folder.
        folder: PathBuf,
        /// Why.
        why: String,
    },
    /// No space left.
    #[error("the disk is full while {doing} in {}. What was acknowledged before is safe; free some space and run again", .folder.display())]
    Full {
        /// The folder.
        folder: PathBuf,
        /// What was being done.
        doing: String,
    },
    /// The content cannot be what FALCON wrote.
    #[error("{} is damaged: {what}. Go back to a copy of it; or save what a checkpoint has (`falcon memory export {} --checkpoint N`) and import that into a new folder; or move the folder away to start a new memory", .folder.display(), .folder.display())]
    Corrupt {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Items of evaluation tasks. Nothing of the batch was stored.
    #[error("{} of evaluation tasks must never be in memory, and nothing was stored: {}. Take evaluation tasks out of what is admitted", count(.leaks.len()), Listed(.leaks))]
    Guarded {
        /// Each, and what gave it away.
        leaks: Vec<Leak>,
    },
    /// Evaluation tasks whose behaviours memory already holds.
    #[error("{} already holds {} of evaluation tasks: {}. Evaluate with another memory folder, or start a new one", .folder.display(), count(.leaks.len()), Listed(.leaks))]
    AlreadyLeaked {
        /// The folder.
        folder: PathBuf,
        /// Each, and what gave it away.
        leaks: Vec<Leak>,
    },
    /// Items without a behaviour hash, which the guard cannot judge.
    #[error(
        "items without a behaviour hash cannot be checked for leakage, and nothing was stored; the first is of task {task_id:?}. Give each item the hash of its task's behaviour"
    )]
    NoBehaviour {
        /// The first such item's task.
        task_id: String,
    },
    /// A checkpoint that is not there.
    #[error("{} has no checkpoint {wanted}; it has {}. Resume from one of those, or start a new run", .folder.display(), Numbers(.available))]
    NoCheckpoint {
        /// The folder.
        folder: PathBuf,
        /// The number asked for.
        wanted: u64,
        /// The numbers there are.
        available: Vec<u64>,
    },
    /// The writer was too quick for a reader.
    #[error("{} changed each of {looks} times that it was read: its writer joins and removes files all the time. Try again in a moment", .folder.display())]
    Moving {
        /// The folder.
        folder: PathBuf,
        /// How often it was looked at.
        looks: u32,
    },
    /// A URL that items cannot be kept below.
    #[error(
        "{url} cannot be used for a memory: {why}. Items are kept below a URL like s3://bucket/prefix, which a folder names for their writer"
    )]
    BadUrl {
        /// The URL, without credentials.
        url: String,
        /// Why.
        why: String,
    },
    /// No items below a URL.
    #[error(
        "there are no items of a memory at {url}. Check bucket and prefix: a run has train and evaluation below its own URL, and a series seed-0 and so on above those"
    )]
    NoItems {
        /// The URL.
        url: String,
    },
    /// Items of another folder.
    #[error("items are at {url} already, and {} is not the folder that writes them. Write with the folder that made them, or name another prefix; reading them needs only the URL", .folder.display())]
    Taken {
        /// The new folder.
        folder: PathBuf,
        /// The URL.
        url: String,
    },
    /// A folder whose items are at another place than asked for.
    #[error("{} keeps its items in {found}, and cannot keep them at {wanted} as well. Leave the URL out, or export and import them into a new folder", .folder.display())]
    Elsewhere {
        /// The folder.
        folder: PathBuf,
        /// Where they are.
        found: String,
        /// Where they were to be.
        wanted: String,
    },
    /// Object storage.
    #[error("{doing} at {url} failed: {said}. {advice}")]
    Storage {
        /// The URL.
        url: String,
        /// What was being done.
        doing: String,
        /// What to do.
        advice: &'static str,
        /// What the database said, and what lies under it, without what a server repeated of the request: that may have secrets.
        said: String,
    },
    /// The memory policy failed.
    #[error(
        "the memory policy{policy} failed while {doing}: {source}. Mend it, or name another with --memory-policy"
    )]
    Policy {
        /// Name and digest of the plugin, after a space; empty for a policy that is none.
        policy: String,
        /// What it was asked.
        doing: &'static str,
        /// What it said.
        source: PolicyError,
    },
    /// A file of the folder.
    #[error("{doing} in {} failed: {source}. Check the folder and its disk, then run again: what was acknowledged is kept", .folder.display())]
    File {
        /// The folder.
        folder: PathBuf,
        /// What was being done.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// The database.
    #[error("{doing} in {} failed at table version {version}: {source}. Run again: what was acknowledged is in the folder's journal", .folder.display())]
    Database {
        /// The folder.
        folder: PathBuf,
        /// The table's version; 0 where it is not open.
        version: u64,
        /// What was being done.
        doing: String,
        /// What the database said.
        source: Box<lancedb::Error>,
    },
}

/// A result of memory.
pub type Result<T> = std::result::Result<T, MemoryError>;

impl MemoryError {
    /// The error for a failed operation on items in object storage.
    pub(crate) fn at_url(url: &str, doing: &str, error: lancedb::Error) -> Self {
        let url = url.to_owned();
        let advice = advice::of(&error);
        // Where there is no bucket there is no table either, but that is not what to mend.
        if matches!(error, lancedb::Error::TableNotFound { .. }) && advice != advice::BUCKET {
            return Self::NoItems { url };
        }
        Self::Storage {
            advice,
            url,
            doing: doing.to_owned(),
            said: said::of(&error),
        }
    }
}

/// What a failure underneath comes down to.
pub(crate) enum Cause {
    Full,
    ReadOnly,
    Other,
}

/// Looks for a cause that a person can mend: by type where an error kept it, else by the words the
/// operating system uses, because the database turns some errors into text.
pub(crate) fn cause(error: &(dyn std::error::Error + 'static)) -> Cause {
    let mut next = Some(error);
    while let Some(error) = next {
        match error.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => return Cause::Full,
            Some(io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
                return Cause::ReadOnly;
            }
            _ => next = error.source(),
        }
    }
    let text = error.to_string();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["No space left on device", "Disk quota exceeded"]) {
        Cause::Full
    } else if says(&["Permission denied", "Read-only file system"]) {
        Cause::ReadOnly
    } else {
        Cause::Other
    }
}

fn count(items: usize) -> String {
    if items == 1 {
        "1 item".to_owned()
    } else {
        format!("{items} items")
    }
}

/// The first few, so that a message stays readable; the error itself has all.
const SHOWN: usize = 10;

struct Listed<'a>(&'a [Leak]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, leak) in self.0.iter().take(SHOWN).enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{leak}")?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

struct Numbers<'a>(&'a [u64]);

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let all: Vec<String> = self.0.iter().map(u64::to_string).collect();
        f.write_str(&all.join(", "))
    }
}
