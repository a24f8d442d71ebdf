//! `falcon bench memory`: long-term memory of many items, beside faiss on the same vectors.

mod corpus;
mod faiss;
mod show;
mod sizes;
mod writes;

use std::{path::PathBuf, sync::Arc, time::Duration};

use falcon_memory::{Nearest, Options, Store};
use falcon_report::memory_picture;
use serde_json::json;

use super::{super::Context, measure::quantile};
use crate::{
    cli,
    failure::{Exit, Failure, OrFail as _, Outcome},
    machine::machine,
    output::{Output, write_file},
};

pub(in crate::command) fn run(context: &Context, options: &cli::BenchMemory) -> Outcome {
    let machine = machine();
    let subtitle = format!("{}, {} cores", machine.cpu, machine.cores);
    let mut output = Output::stdout();
    if let Some(count) = options.writes {
        let result = writes::measure(options, count.get())?;
        if context.json {
            output.document(&json!({"writes": result, "machine": machine}))?;
        } else {
            output.text(&format!("{}{subtitle}\n", show::writes(&result)))?;
        }
        output.finish()?;
        return Ok(Exit::Done);
    }
    let sizes = options
        .items
        .iter()
        .map(|items| sizes::measure(options, u64::from(items.get())))
        .collect::<Result<Vec<_>, Failure>>()?;
    if let Some(path) = &options.svg {
        write_file(path, memory_picture(&sizes, &subtitle).as_bytes())?;
    }
    if context.json {
        output.document(&json!({"sizes": sizes, "machine": machine}))?;
    } else {
        output.text(&format!("{}\n{subtitle}\n", show::sizes(&sizes)))?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

/// An empty store in a folder of its own, which goes with it.
fn store(
    options: &cli::BenchMemory,
    of_store: Options,
) -> Result<(tempfile::TempDir, Store), Failure> {
    let parent = options.scratch.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new()
        .prefix("falcon-bench-memory-")
        .tempdir_in(&parent)
        .or_usage(format!("{} takes no folder", parent.display()))?;
    let store = open(options, of_store, &folder)?;
    Ok((folder, store))
}

/// The store in such a folder, which is made where there is none yet.
fn open(
    options: &cli::BenchMemory,
    of_store: Options,
    folder: &tempfile::TempDir,
) -> Result<Store, Failure> {
    let of_store = Options {
        neighbours: 0,
        exact_up_to: options.exact_up_to.unwrap_or(of_store.exact_up_to),
        ..of_store
    };
    let path: PathBuf = folder.path().join("memory");
    Store::open(&path, of_store, Arc::new(Nearest)).or_infrastructure("the memory cannot be opened")
}

/// Median and 99th percentile in milliseconds.
fn middle_and_high(mut times: Vec<Duration>) -> [f64; 2] {
    times.sort_unstable();
    [0.5, 0.99].map(|share| quantile(&times, share))
}
