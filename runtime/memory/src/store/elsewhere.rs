//! Items in object storage: the folder of the writer names the URL, and has all else.

use std::{path::Path, sync::Arc};

use super::{Options, Store, failed, runtime, wait};
use crate::{
    error::{MemoryError, Result},
    folder::Folder,
    place,
    policy::Policy,
    table::Items,
};

impl Store {
    /// Opens a folder as its only writer, under a memory policy, with its items below a URL (`s3://bucket/prefix`); makes both
    /// where they are not. What is acknowledged before the table has it, the guard and the counters stay in the folder. A
    /// folder that names its URL already is opened by [`open`](Self::open) as well.
    ///
    /// # Errors
    /// As `open`; where the URL cannot hold items or cannot be reached; where another folder's items are there, or
    /// the folder's are elsewhere.
    pub fn open_elsewhere(
        folder: &Path,
        url: &str,
        options: Options,
        policy: Arc<dyn Policy>,
    ) -> Result<Self> {
        let url = place::checked(url)?;
        let mut folder = Folder::for_writing(folder)?;
        if folder.keep_items_at(url.clone())? {
            let runtime = runtime(&folder)?;
            let found = wait(&runtime, Items::exists(&folder.place()));
            runtime.shutdown_background();
            let found = found.map_err(|error| failed(&folder, 0, "looking for items", error))?;
            if found {
                return Err(MemoryError::Taken {
                    folder: folder.path().to_owned(),
                    url,
                });
            }
            // Before the table is made, so that whoever is killed between the two finds it again.
            folder.set_header()?;
        }
        Self::open_writer(folder, options, policy)
    }

    /// Removes the items that a folder keeps below a URL, for good: what else is in the folder is of no use afterwards. Does nothing
    /// where there is no memory or its items are in the folder.
    ///
    /// # Errors
    /// Where the folder is written by another process, or the storage cannot be reached.
    pub fn remove_elsewhere(folder: &Path) -> Result<()> {
        if !Folder::is_memory(folder) {
            return Ok(());
        }
        let folder = Folder::for_writing(folder)?;
        if folder.url().is_none() {
            return Ok(());
        }
        let runtime = runtime(&folder)?;
        let removed = wait(&runtime, Items::remove(&folder.place()));
        runtime.shutdown_background();
        removed.map_err(|error| failed(&folder, 0, "removing the items", error))
    }
}
