//! Items in object storage: the folder of the writer names the URL, and has all else.

use std::{path::Path, sync::Arc};

use tokio::runtime::Runtime;

use super::{Options, Store, failed, runtime, wait};
use crate::{
    advice,
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
        if folder.keep_items_at(url)? {
            if is_found(&folder)? {
                return Err(taken(&folder));
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
    /// Where the folder is written by another process, the storage cannot be reached, or the items there are another folder's.
    pub fn remove_elsewhere(folder: &Path) -> Result<()> {
        if !Folder::is_memory(folder) {
            return Ok(());
        }
        let folder = Folder::for_writing(folder)?;
        if folder.url().is_none() {
            return Ok(());
        }
        let runtime = runtime(&folder)?;
        let removed = wait(&runtime, Items::remove(&folder.place(), folder.owner()));
        runtime.shutdown_background();
        match removed {
            Ok(true) => Ok(()),
            Ok(false) => Err(taken(&folder)),
            Err(error) => Err(failed(&folder, 0, "removing the items", error)),
        }
    }

    /// Whether there are items of a memory below a URL, whoever writes them.
    ///
    /// # Errors
    /// Where the URL cannot hold items or cannot be reached.
    pub fn has_items(url: &str) -> Result<bool> {
        let url = place::checked(url)?;
        is_found(&Folder::for_reading(Path::new(&url))?)
    }
}

/// The table of a folder that this process writes; made where the folder is new.
///
/// A new folder at whose URL another folder made its table first, or none can be made, is none of that URL, and may name another.
pub(super) fn items(folder: &Folder, runtime: &Runtime, is_new: bool) -> Result<Items> {
    let (place, owner) = (folder.place(), folder.owner());
    let opening = |error| failed(folder, 0, "opening the items", error);
    let own = match wait(runtime, Items::found(&place)).map_err(opening)? {
        Some(items) => wait(runtime, items.is_of(owner)).map(|is_own| is_own.then_some(items)),
        None if is_new => match wait(runtime, Items::create(&place, owner)) {
            Err(lancedb::Error::TableAlreadyExists { .. }) if folder.url().is_some() => Ok(None),
            Err(error) if folder.url().is_some() && advice::of(&error) == advice::CONDITIONS => {
                folder.forget_header()?;
                Err(error)
            }
            made => made.map(Some),
        },
        None => {
            let missing = folder.url().unwrap_or("items.lance");
            return Err(MemoryError::Corrupt {
                folder: folder.path().to_owned(),
                what: format!("its items are gone ({missing} is missing)"),
            });
        }
    };
    let Some(items) = own.map_err(opening)? else {
        if is_new {
            folder.forget_header()?;
        }
        return Err(taken(folder));
    };
    Ok(items)
}

fn is_found(folder: &Folder) -> Result<bool> {
    let runtime = runtime(folder)?;
    let found = wait(&runtime, Items::found(&folder.place()));
    runtime.shutdown_background();
    let found = found.map_err(|error| failed(folder, 0, "looking for items", error))?;
    Ok(found.is_some())
}

fn taken(folder: &Folder) -> MemoryError {
    MemoryError::Taken {
        folder: folder.path().to_owned(),
        url: folder.url().unwrap_or_default().to_owned(),
    }
}
