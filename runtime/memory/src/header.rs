//! `memory.json`: what a folder is, and where its items are.

use std::{
    hash::{BuildHasher, RandomState},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::{
    error::{MemoryError, Result},
    folder::{HEADER, SCHEMA_VERSION},
    retrieval::encoder::ENCODER_VERSION,
};

const FORMAT: &str = "falcon-memory";
/// Version of a folder whose items are elsewhere: to a falcon that knows nothing of that they would seem lost. The columns are the same.
const ELSEWHERE: u32 = 3;
/// The newest version that is read.
const NEWEST: u32 = ELSEWHERE;

#[derive(Serialize, Deserialize)]
pub(crate) struct Header {
    format: String,
    pub(crate) schema_version: u32,
    pub(crate) encoder_version: String,
    /// The URL below which the items are; none where they are in the folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) items: Option<String>,
    /// What the table there calls the folder that writes it. None where the items are in the folder, and in folders of a time
    /// without such names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
}

impl Header {
    /// The header of a folder that is all of this version.
    pub(crate) fn new(items: Option<&str>, owner: Option<&str>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            schema_version: items.map_or(SCHEMA_VERSION, |_| ELSEWHERE),
            encoder_version: ENCODER_VERSION.to_owned(),
            items: items.map(str::to_owned),
            owner: owner.map(str::to_owned),
        }
    }

    /// # Errors
    /// Where it is not one that this version reads.
    pub(crate) fn check(&self, folder: &Path) -> Result<()> {
        if self.format != FORMAT {
            let what = format!(
                "{HEADER} says format {:?} instead of {FORMAT:?}",
                self.format
            );
            return Err(MemoryError::Corrupt {
                folder: folder.to_owned(),
                what,
            });
        }
        if self.schema_version > NEWEST {
            return Err(MemoryError::Newer {
                folder: folder.to_owned(),
                found: self.schema_version,
                known: NEWEST,
            });
        }
        Ok(())
    }
}

/// A name that no other folder has.
pub(crate) fn new_owner() -> String {
    // What the standard library seeds its maps by is the system's randomness.
    let draw = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", draw(), draw())
}
