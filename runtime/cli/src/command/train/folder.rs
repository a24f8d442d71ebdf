//! A run's folder: finding a free one, knowing one that holds a run.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use falcon_memory::{MemoryError, Store};

use super::start;
use crate::{
    failure::{Failure, OrFail as _},
    services::memory_folders,
};

/// `runs/<name>-<seed>`, or the next number where that is taken.
pub(super) fn free(name: &str, seed: u64) -> Result<PathBuf, Failure> {
    let safe: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
                c
            } else {
                '-'
            }
        })
        .collect();
    let base = format!("{}-{seed}", safe.trim_start_matches('.'));
    let runs = Path::new("runs");
    let numbered = (2..10_000).map(|n| runs.join(format!("{base}-{n}")));
    std::iter::once(runs.join(&base))
        .chain(numbered)
        .find(|folder| !folder.exists())
        .ok_or_else(|| {
            Failure::usage(anyhow::anyhow!("runs/ is full of {base}"))
                .hint("name a folder with --out")
        })
}

/// A new run never writes into a folder that holds something.
pub(super) fn check_free(folder: &Path) -> Result<(), Failure> {
    let shown = folder.display();
    let is_empty = |mut entries: fs::ReadDir| {
        entries.all(|entry| {
            entry.is_ok_and(|entry| start::is_leftover(&entry.file_name().to_string_lossy()))
        })
    };
    match fs::read_dir(folder).map(is_empty) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::file(
            error,
            format!("cannot use {shown} for the run"),
        )),
        Ok(true) => Ok(()),
        Ok(false) if start::is_begun(folder) => Err(Failure::usage(anyhow::anyhow!(
            "{shown} holds a run already"
        ))
        .hint(format!(
            "go on with it: falcon train --resume {}",
            quoted(folder)
        ))
        .hint("or name another folder with --out")),
        Ok(false) => Err(Failure::usage(anyhow::anyhow!("{shown} is not empty"))
            .hint("name a new or empty folder with --out")),
    }
}

/// Whether there is a whole checkpoint. The file counts: its folder is made before it.
pub(super) fn has_checkpoint(folder: &Path) -> bool {
    folder.join("checkpoint/state.safetensors").is_file()
}

/// Takes away what a run that was killed before its first checkpoint left, so that it begins anew.
pub(super) fn clear(run: &Path) -> Result<(), Failure> {
    // First, while the folders still say where their items are.
    for memory in memory_folders(&run.join("memory")) {
        let doing = format!("cannot take away the items of {}", memory.display());
        match Store::remove_elsewhere(&memory) {
            // Another run's, which came while this one had none there.
            Err(error @ MemoryError::Taken { .. }) => {
                let hint = "begin it in another folder: falcon train --out DIR --memory-store URL";
                return Err(Failure::usage(anyhow::Error::new(error).context(doing)).hint(hint));
            }
            removed => removed.or_infrastructure(doing)?,
        }
    }
    for name in ["memory", "checkpoint"] {
        let folder = run.join(name);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let doing = format!("cannot take away {}", folder.display());
                return Err(Failure::file(error, doing));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The command of this process as a person would type it.
pub(in crate::command) fn command_line() -> String {
    let arguments = std::env::args_os().skip(1);
    let words = arguments.map(|word| quoted(Path::new(&word)));
    std::iter::once("falcon".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A word for a POSIX shell.
pub(super) fn quoted(word: &Path) -> String {
    let text = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.into_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        for (word, wanted) in [
            ("runs/quick-0", "runs/quick-0"),
            ("my run", "'my run'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(Path::new(word)), wanted);
        }
    }
}
