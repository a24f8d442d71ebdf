//! A run's folder: finding a free one, knowing one that holds a run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{failure::Failure, output::write_file};

const COMMAND: &str = "command.txt";

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
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::file(
            error,
            format!("cannot use {shown} for the run"),
        )),
        Ok(true) => Ok(()),
        Ok(false) if has_checkpoint(folder) || folder.join("seeds.json").exists() => Err(
            Failure::usage(anyhow::anyhow!("{shown} holds a run already"))
                .hint(format!(
                    "go on with it: falcon train --resume {}",
                    quoted(folder)
                ))
                .hint("or name another folder with --out"),
        ),
        Ok(false) => Err(Failure::usage(anyhow::anyhow!("{shown} is not empty"))
            .hint("name a new or empty folder with --out")),
    }
}

/// There is something to resume.
pub(super) fn check_run(folder: &Path) -> Result<(), Failure> {
    let shown = folder.display();
    if !folder.is_dir() {
        return Err(Failure::usage(anyhow::anyhow!(
            "there is no run in {shown}: no such folder"
        )));
    }
    if has_checkpoint(folder) || folder.join("seeds.json").exists() {
        return Ok(());
    }
    Err(Failure::usage(anyhow::anyhow!(
        "there is no run in {shown}: it has no checkpoint"
    ))
    .hint("name the folder that falcon train was given with --out"))
}

pub(super) fn has_checkpoint(folder: &Path) -> bool {
    folder.join("checkpoint").is_dir()
}

/// The command of this process as a person would type it.
pub(super) fn command_line() -> String {
    let arguments = std::env::args_os().skip(1);
    let words = arguments.map(|word| quoted(Path::new(&word)));
    std::iter::once("falcon".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Keeps the command of a run; a resumed run keeps that of its start.
pub(super) fn remember_command(out: &Path, command: &str) {
    let path = out.join(COMMAND);
    if !path.exists() {
        // A run that can write its checkpoints can write this; if not, the run itself says so.
        let _ = write_file(&path, format!("{command}\n").as_bytes());
    }
}

/// The command that began the run.
pub(super) fn command(out: &Path) -> String {
    fs::read_to_string(out.join(COMMAND))
        .unwrap_or_default()
        .trim()
        .to_owned()
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
