//! Object storage for the items of memories: what will not do is told before anything is written.

use std::{path::Path, sync::Arc};

use anyhow::anyhow;
use falcon_memory::{MemoryError, Nearest, Store};

use crate::failure::Failure;

/// A URL that items can outlive this process below.
pub(crate) fn check_store(url: &str) -> Result<(), Failure> {
    if !url.contains("://") {
        return Err(Failure::usage(anyhow!("{url} is no URL"))
            .hint("object storage is named like s3://bucket/prefix"));
    }
    if url.starts_with("shared-memory:") {
        return Err(Failure::usage(anyhow!(
            "{url} is memory of this process, and gone when it ends"
        ))
        .hint("object storage is named like s3://bucket/prefix"));
    }
    Ok(())
}

/// A URL that can be reached and has no items of another run below it.
///
/// # Arguments
/// - `seed`: the first of a series, whose runs have each its own part of the URL; none for a single run.
pub(crate) fn check_free_store(url: &str, seed: Option<u64>) -> Result<(), Failure> {
    check_store(url)?;
    let run = url.trim_end_matches('/');
    let train = match seed {
        Some(seed) => format!("{run}/seed-{seed}/train"),
        None => format!("{run}/train"),
    };
    match Store::open_for_reading(Path::new(&train), Arc::new(Nearest)) {
        Err(MemoryError::NoItems { .. }) => Ok(()),
        Err(error @ MemoryError::BadUrl { .. }) => Err(Failure::usage(error)),
        Err(error) => Err(Failure::infrastructure(error)),
        Ok(_) => Err(
            Failure::usage(anyhow!("there are items of another run at {train}"))
                .hint("name another URL with --memory-store"),
        ),
    }
}
