use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use crate::TrainError;

/// Writes a file whole or not at all: a sibling is written, synced and renamed over it.
///
/// # Errors
/// With the path, where the folder cannot be written or the disk is full; the old file then stands.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    let sibling = path.with_extension("partial");
    let written = File::create(&sibling).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&sibling, path)) {
        // The message is about the file that is wanted; the sibling is ours to clear away.
        let _ = fs::remove_file(&sibling);
        return Err(TrainError::io(path, "writing")(error));
    }
    // The rename itself is durable only when the folder is.
    if let Some(folder) = path.parent() {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(TrainError::io(folder, "syncing"))?;
    }
    Ok(())
}

/// Makes a folder and its parents.
pub(crate) fn make_folder(path: &Path) -> Result<(), TrainError> {
    fs::create_dir_all(path).map_err(TrainError::io(path, "making the folder"))
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, TrainError> {
    fs::read(path).map_err(TrainError::io(path, "reading"))
}
