//! Object storage for the items of memories: what will not do is told before anything is written.

use std::path::Path;

use anyhow::anyhow;
use falcon_memory::{MemoryError, Store, as_url, hidden};

use crate::failure::Failure;

/// A URL that items can outlive this process below.
pub(crate) fn check_store(url: &str) -> Result<(), Failure> {
    if as_url(Path::new(url)).is_none() {
        return Err(Failure::usage(anyhow!("{} is no URL", hidden(url)))
            .hint("object storage is named like s3://bucket/prefix"));
    }
    if url.starts_with("shared-memory:") {
        return Err(Failure::usage(anyhow!(
            "{} is memory of this process, and gone when it ends",
            hidden(url)
        ))
        .hint("object storage is named like s3://bucket/prefix"));
    }
    Ok(())
}

/// A URL that can be reached and has no items of another run below it.
///
/// # Arguments
/// - `seed`: of the run, or the first of a series.
/// - `seeds`: how many runs a series has, each with its own part of the URL; none for a single run.
pub(crate) fn check_free_store(url: &str, seed: u64, seeds: Option<u32>) -> Result<(), Failure> {
    check_store(url)?;
    let url = url.trim_end_matches('/');
    let runs: Vec<String> = match seeds {
        None => vec![url.to_owned()],
        Some(count) => {
            let seeds = (seed..).take(count as usize);
            seeds.map(|seed| format!("{url}/seed-{seed}")).collect()
        }
    };
    for run in &runs {
        for memory in ["train", "evaluation"] {
            check_free(&format!("{run}/{memory}"))?;
        }
    }
    Ok(())
}

fn check_free(url: &str) -> Result<(), Failure> {
    match Store::has_items(url) {
        Ok(false) => Ok(()),
        Ok(true) => Err(
            Failure::usage(anyhow!("there are items of another run at {url}"))
                .hint("name another URL with --memory-store"),
        ),
        Err(error @ MemoryError::BadUrl { .. }) => Err(Failure::usage(error)),
        Err(error) => Err(Failure::infrastructure(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_password_is_not_told() {
        for url in [
            "key:secret@bucket/prefix",
            "shared-memory://key:secret@bucket/prefix",
            "s3://key:secret@bucket/prefix",
        ] {
            let told = check_free_store(url, 0, None).unwrap_err().text();
            assert!(told.contains("bucket/prefix"), "{told}");
            assert!(!told.contains("secret"), "{told}");
        }
    }
}
