//! Very many small writes with a read after each: does anything grow?

use std::time::{Duration, Instant};

use falcon_episode::LongTermMemory as _;
use falcon_memory::{Retriever, Store};
use serde::Serialize;

use super::{corpus, middle_and_high, sizes, store};
use crate::{
    cli,
    failure::{Failure, OrFail as _},
    live,
};

/// Stretches of the run that are told apart.
const STRETCHES: u64 = 10;
/// Looks at the folder in each.
const LOOKS: u64 = 20;

/// What became of a store of constant size.
#[derive(Serialize)]
pub(super) struct Writes {
    pub(super) items: u64,
    pub(super) writes: u64,
    pub(super) stretches: Vec<Stretch>,
}

/// A tenth of the run.
#[derive(Serialize)]
pub(super) struct Stretch {
    pub(super) writes: u64,
    pub(super) write_p50_ms: f64,
    pub(super) write_p99_ms: f64,
    pub(super) read_p50_ms: f64,
    pub(super) read_p99_ms: f64,
    /// Most files, table versions and bytes seen in the folder.
    pub(super) files: u64,
    pub(super) table_versions: u64,
    pub(super) bytes: u64,
}

/// Fills a store to its capacity and goes on writing, one item at a time.
pub(super) fn measure(options: &cli::BenchMemory, writes: u64) -> Result<Writes, Failure> {
    let items = options
        .items
        .first()
        .map_or(1000, |items| u64::from(items.get()));
    let (_folder, store) = store(options, usize::try_from(items).unwrap_or(usize::MAX))?;
    sizes::fill(&store, items)?;
    store.maintain().or_infrastructure("maintenance failed")?;
    let mut stretches = Vec::new();
    let mut next = items;
    for stretch in 0..STRETCHES {
        let count = writes / STRETCHES + u64::from(stretch < writes % STRETCHES);
        if count == 0 {
            continue;
        }
        stretches.push(one_stretch(&store, next, count)?);
        next += count;
        live::line(&format!("{} of {writes} writes", next - items));
    }
    Ok(Writes {
        items,
        writes,
        stretches,
    })
}

fn one_stretch(store: &Store, first: u64, count: u64) -> Result<Stretch, Failure> {
    let mut times: [Vec<Duration>; 2] = Default::default();
    let mut seen = [0_u64; 3];
    for at in 0..count {
        let item = [corpus::item(first + at)];
        let start = Instant::now();
        store.admit(&item).or_infrastructure("a write failed")?;
        times[0].push(start.elapsed());
        let query = [corpus::query(first + at)];
        let start = Instant::now();
        let found = store.rank(&query, Retriever::Fusion, 10);
        times[1].push(start.elapsed());
        std::hint::black_box(found);
        if at % count.div_ceil(LOOKS) == 0 {
            let now = store
                .statistics()
                .or_infrastructure("the memory cannot be read")?;
            let now = [now.files, now.table_versions, now.bytes];
            seen.iter_mut()
                .zip(now)
                .for_each(|(most, now)| *most = now.max(*most));
        }
    }
    let [write, read] = times.map(middle_and_high);
    Ok(Stretch {
        writes: count,
        write_p50_ms: write[0],
        write_p99_ms: write[1],
        read_p50_ms: read[0],
        read_p99_ms: read[1],
        files: seen[0],
        table_versions: seen[1],
        bytes: seen[2],
    })
}
