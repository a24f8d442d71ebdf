//! What a run keeps of its plugins, each under its digest, so that a resumed run has them again.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use falcon_episode::Digest;

use crate::{failure::Failure, output::write_file};

/// A folder of files that are named by what is in them.
pub(crate) struct Kept {
    path: PathBuf,
}

impl Kept {
    /// The one in this folder.
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            path: folder.join("kept"),
        }
    }

    /// Keeps what was or may be in force.
    pub(crate) fn keep(&self, bytes: &[u8], ending: &str) -> Result<Digest, Failure> {
        let digest = Digest::of(bytes);
        let to = self.place(&digest, ending);
        if !to.is_file() {
            make(&self.path)?;
            write_file(&to, bytes)?;
        }
        Ok(digest)
    }

    /// The file of what was kept.
    ///
    /// # Errors
    /// Where it is gone, or is not what it was.
    pub(crate) fn find(&self, digest: &Digest, ending: &str) -> Result<PathBuf, Failure> {
        let file = self.place(digest, ending);
        let now = Digest::of(&read(&file)?);
        if now == *digest {
            return Ok(file);
        }
        Err(Failure::usage(anyhow::anyhow!(
            "{} is {now}, and {digest} is wanted",
            file.display()
        )))
    }

    fn place(&self, digest: &Digest, ending: &str) -> PathBuf {
        let name = digest.to_string().replace(':', "-");
        self.path.join(format!("{name}.{ending}"))
    }
}

/// Makes a folder of a run's.
pub(crate) fn make(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder)
        .map_err(|error| Failure::file(error, format!("cannot make {}", folder.display())))
}

/// Reads a file of a run's, or one that it is given.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| unreadable(path, error))
}

/// The failure of a file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: io::Error) -> Failure {
    Failure::file(error, format!("cannot read {}", path.display()))
}
