//! `falcon memory`: what a folder holds and what it was used for.

mod exchange;
mod page;
mod search;
mod used;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use falcon_memory::{MemoryError, Nearest, Statistics, Store};
use serde_json::json;

use super::Context;
use crate::{
    failure::{Exit, Failure, Outcome},
    output::{Output, one_line},
    quantity::Bytes,
    services::memory_folders,
};

pub(super) use exchange::{export, import};
pub(super) use search::search;
pub(super) use used::used;

pub(super) fn stats(
    context: &Context,
    folder: &Path,
    html: Option<&Path>,
    checkpoint: Option<u64>,
) -> Outcome {
    let stores: Vec<Store> = meant(folder, checkpoint)?
        .iter()
        .map(|folder| open(folder, checkpoint))
        .collect::<Result<_, _>>()?;
    let found: Vec<Statistics> = stores
        .iter()
        .map(|store| store.statistics().map_err(failure))
        .collect::<Result<_, _>>()?;
    if let Some(file) = html {
        page::write(&stores, &found, file)?;
    }
    let mut output = Output::stdout();
    match (context.json, found.as_slice()) {
        (true, [one]) => output.document(one)?,
        (true, several) => output.document(&json!({"memories": several}))?,
        (false, all) => {
            let texts: Vec<String> = all.iter().map(text).collect();
            output.text(&texts.join("\n"))?;
        }
    }
    output.finish()?;
    Ok(Exit::Done)
}

/// Opens a memory to look into, as it is or as a checkpoint named it. Looking asks nothing of a policy; the built-in
/// one needs no plugin.
fn open(folder: &Path, checkpoint: Option<u64>) -> Result<Store, Failure> {
    let policy = Arc::new(Nearest);
    let opened = match checkpoint {
        None => Store::open_for_reading(folder, policy),
        Some(number) => Store::open_for_reading_at(folder, number, policy),
    };
    opened.map_err(failure)
}

/// The memories that a folder means; a checkpoint is of one alone.
fn meant(folder: &Path, checkpoint: Option<u64>) -> Result<Vec<PathBuf>, Failure> {
    match checkpoint {
        None => Ok(memory_folders(folder)),
        Some(_) => Ok(vec![only(folder)?]),
    }
}

/// The one memory that a folder means.
fn only(folder: &Path) -> Result<PathBuf, Failure> {
    let mut found = memory_folders(folder);
    if found.len() == 1 {
        return Ok(found.remove(0));
    }
    let names: Vec<String> = found.iter().map(|one| one.display().to_string()).collect();
    let many = anyhow::anyhow!("{} has {} memories", folder.display(), names.len());
    Err(Failure::usage(many).hint(format!("name one of them: {}", names.join(", "))))
}

fn failure(error: MemoryError) -> Failure {
    match error {
        MemoryError::Missing { .. }
        | MemoryError::NotMemory { .. }
        | MemoryError::Newer { .. }
        | MemoryError::Guarded { .. }
        | MemoryError::NoBehaviour { .. }
        | MemoryError::NoCheckpoint { .. }
        | MemoryError::BadUrl { .. }
        | MemoryError::NoItems { .. }
        | MemoryError::Taken { .. }
        | MemoryError::Elsewhere { .. }
        | MemoryError::Locked { .. }
        | MemoryError::ReadOnly { .. }
        | MemoryError::Corrupt { .. } => Failure::usage(error),
        error => Failure::infrastructure(error),
    }
}

fn text(found: &Statistics) -> String {
    let mut lines = vec![format!("{}", found.folder.display())];
    let mut line = |name: &str, value: String| lines.push(format!("  {name:<18}{value}"));
    line(
        "items",
        format!(
            "{}, {} of them warnings (newest write {})",
            found.items, found.warnings, found.newest
        ),
    );
    line(
        "admitted",
        format!(
            "{}, {} replaced, {} evicted",
            found.admitted, found.replaced, found.evicted
        ),
    );
    line("refused", counts(&found.refused));
    line("families", counts(&found.families));
    line("languages", counts(&found.languages));
    line(
        "projects",
        format!(
            "{}",
            found
                .projects
                .keys()
                .filter(|name| !name.is_empty())
                .count()
        ),
    );
    line(
        "retrievals",
        format!("{}, {} answered", found.retrievals, found.answered),
    );
    let utility = found
        .utility_mean
        .map_or_else(String::new, |mean| format!(", mean utility {mean:+.3}"));
    line("shown", format!("{} times{utility}", found.uses));
    line(
        "guarded",
        format!("{} behaviours of evaluation tasks", found.guarded),
    );
    line(
        "embeddings",
        format!("{} ({} numbers)", found.encoder_version, found.dimensions),
    );
    if let Some(version) = &found.learned_version {
        line("learned vectors", one_line(version));
    }
    line(
        "table",
        format!(
            "version {}, {} kept, schema {}",
            found.table_version, found.table_versions, found.schema_version
        ),
    );
    line("checkpoints", found.checkpoints.len().to_string());
    line(
        "disk",
        format!("{} in {} files", Bytes(found.bytes), found.files),
    );
    if let Some(url) = &found.items_at {
        let more = found.note.unwrap_or("beside what the folder has on disk");
        line("items at", format!("{}, {more}", one_line(url)));
    }
    lines.join("\n") + "\n"
}

/// `pool 12, alias 3`; `none` where there is nothing.
fn counts(counts: &BTreeMap<String, u64>) -> String {
    let part = |(name, n): (&String, &u64)| match one_line(name).as_str() {
        "" => format!("(none) {n}"),
        name => format!("{name} {n}"),
    };
    let parts: Vec<String> = counts.iter().map(part).collect();
    if parts.is_empty() {
        "none".to_owned()
    } else {
        parts.join(", ")
    }
}
