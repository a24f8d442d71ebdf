//! Answers by content, one file each.
//!
//! ```text
//! <folder>/v1/<first 2 digits>/<SHA-256 of endpoint and request>.json
//! ```

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Raised where files of before would be read wrongly.
const VERSION: &str = "v1";

/// What is kept of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) text: String,
    pub(crate) whole: bool,
    pub(crate) tokens: u64,
}

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder: folder.join(VERSION),
        }
    }

    /// Where the answer to this request is, or will be.
    ///
    /// # Arguments
    /// - `request`: all of it, the model's name and temperature too.
    pub(crate) fn place(&self, url: &str, request: &[u8]) -> PathBuf {
        let mut hash = Sha256::new();
        // The length keeps a URL's end apart from a request's beginning.
        hash.update((url.len() as u64).to_le_bytes());
        hash.update(url);
        hash.update(request);
        let digits = hex::encode(hash.finalize());
        let file = format!("{digits}.json");
        self.folder.join(&digits[..2]).join(file)
    }

    /// The answer that is kept there. A file that cannot be read as one is as good as none.
    pub(crate) fn get(place: &Path) -> Option<Kept> {
        serde_json::from_slice(&fs::read(place).ok()?).ok()
    }

    /// Keeps an answer: whole or not at all.
    pub(crate) fn put(&self, place: &Path, kept: &Kept) -> io::Result<()> {
        let folder = place.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, kept)?;
        file.as_file().sync_data()?;
        file.persist(place)?;
        Ok(())
    }
}
