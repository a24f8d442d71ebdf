//! Very many small writes with a read after each: does anything grow, and does anything slow down?
//!
//! The store begins as it goes on: full, and one whole round of commits and maintenance after its filling. What the
//! machine does meanwhile moves all times, so at the end the old store is written beside a new one that holds the same
//! items, in turn: what one has over the other is age.

use std::time::{Duration, Instant};

use falcon_episode::LongTermMemory as _;
use falcon_memory::{Options, Retriever, Store};
use serde::Serialize;

use super::{corpus, middle_and_high, sizes, store};
use crate::{
    cli,
    failure::{Failure, OrFail as _},
    live,
};

/// Stretches of the run that are told apart, at most.
const STRETCHES: u64 = 10;
/// Looks at the folder from one maintenance to the next.
const LOOKS: u64 = 20;

/// What became of a store of constant size.
#[derive(Serialize)]
pub(super) struct Writes {
    pub(super) items: u64,
    /// Writes of the run, without those before it began: as many as were asked for, and what is missing of whole rounds.
    pub(super) writes: u64,
    /// Writes from one maintenance to the next.
    pub(super) round: u64,
    pub(super) stretches: Vec<Stretch>,
    pub(super) ageing: Ageing,
}

/// A part of the run: as many whole rounds as each other part.
#[derive(Serialize)]
pub(super) struct Stretch {
    pub(super) writes: u64,
    #[serde(flatten)]
    pub(super) times: Told,
    /// Most files, table versions and bytes seen in the folder.
    pub(super) files: u64,
    pub(super) table_versions: u64,
    pub(super) bytes: u64,
    /// Maintenances in it.
    pub(super) maintenances: u64,
}

/// Times of writes and of reads. The mean of writes has the commits and the maintenance that some of them pay for.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Told {
    pub(super) write_mean_ms: f64,
    pub(super) write_p50_ms: f64,
    pub(super) write_p99_ms: f64,
    pub(super) read_mean_ms: f64,
    pub(super) read_p50_ms: f64,
    pub(super) read_p99_ms: f64,
}

/// The store after all writes beside a new one of the same items, written in turn.
#[derive(Serialize)]
pub(super) struct Ageing {
    /// Writes into each: from one maintenance past the next.
    pub(super) writes: u64,
    pub(super) old: Told,
    pub(super) new: Told,
    /// Mean of the old over that of the new.
    pub(super) write_ratio: f64,
    pub(super) read_ratio: f64,
}

/// Fills a store to its capacity and goes on writing, one item at a time.
pub(super) fn measure(options: &cli::BenchMemory, writes: u64) -> Result<Writes, Failure> {
    let items = options
        .items
        .first()
        .map_or(1000, |items| u64::from(items.get()));
    let capacity = usize::try_from(items).unwrap_or(usize::MAX);
    let defaults = Options::default();
    // Else a small store's items would leave before the table had any of them.
    let commit_every = defaults.commit_every.min(capacity.div_ceil(4));
    let of_store = Options {
        capacity,
        commit_every,
        ..defaults
    };
    let (_folder, old) = store(options, of_store)?;
    sizes::fill(&old, 0..items)?;
    let mut next = items;
    live::line("writing until the first maintenance has passed");
    let round = steady(&old, &mut next, commit_every as u64)?;
    let mut stretches = Vec::new();
    let mut done = 0;
    // A part with fewer maintenances than another would seem the faster.
    let rounds = writes.div_ceil(round);
    let each = rounds.div_ceil(STRETCHES);
    let parts = rounds.div_ceil(each);
    let (writes, count) = (parts * each * round, each * round);
    for _ in 0..parts {
        stretches.push(one_stretch(&old, next, count, round)?);
        next += count;
        done += count;
        live::line(&format!("{done} of {writes} writes"));
    }
    let (_folder, new) = store(options, of_store)?;
    sizes::fill(&new, next.saturating_sub(items)..next)?;
    live::line("the old store beside a new one");
    let ageing = ageing(&old, &new, next, round)?;
    Ok(Writes {
        items,
        writes,
        round,
        stretches,
        ageing,
    })
}

/// Writes from one maintenance until after the next. Returns how many writes that took.
fn steady(store: &Store, next: &mut u64, commit_every: u64) -> Result<u64, Failure> {
    maintain(store)?;
    // A quarter of a commit's writes: a maintenance is then not missed between two looks.
    let some = commit_every.div_ceil(4);
    let first = *next;
    let mut kept = 0;
    loop {
        for number in *next..*next + some {
            admit(store, number)?;
        }
        *next += some;
        let now = statistics(store)?.table_versions;
        if now < kept {
            return Ok(*next - first);
        }
        kept = now;
    }
}

fn one_stretch(store: &Store, first: u64, count: u64, round: u64) -> Result<Stretch, Failure> {
    let mut times = Times::default();
    let mut seen = [0_u64; 3];
    let (mut maintenances, mut versions) = (0, statistics(store)?.table_versions);
    for at in 0..count {
        times.take(store, first + at)?;
        if (at + 1) % round.div_ceil(LOOKS) == 0 || at + 1 == count {
            let now = statistics(store)?;
            maintenances += u64::from(now.table_versions < versions);
            versions = now.table_versions;
            let now = [now.files, now.table_versions, now.bytes];
            seen.iter_mut()
                .zip(now)
                .for_each(|(most, now)| *most = now.max(*most));
        }
    }
    Ok(Stretch {
        writes: count,
        times: times.told(),
        files: seen[0],
        table_versions: seen[1],
        bytes: seen[2],
        maintenances,
    })
}

/// Both stores from one maintenance past the next, each first in every other write.
fn ageing(old: &Store, new: &Store, first: u64, round: u64) -> Result<Ageing, Failure> {
    maintain(old)?;
    maintain(new)?;
    // They need not let items go in the same writes, so that one may come to its maintenance a little later.
    let writes = round + round.div_ceil(16);
    let mut of_old = Times::default();
    let mut of_new = Times::default();
    for at in 0..writes {
        let mut both = [(old, &mut of_old), (new, &mut of_new)];
        if at % 2 == 1 {
            both.reverse();
        }
        for (store, times) in both {
            times.take(store, first + at)?;
        }
    }
    let (old, new) = (of_old.told(), of_new.told());
    Ok(Ageing {
        writes,
        write_ratio: old.write_mean_ms / new.write_mean_ms,
        read_ratio: old.read_mean_ms / new.read_mean_ms,
        old,
        new,
    })
}

/// What writes and reads took.
#[derive(Default)]
struct Times {
    writes: Vec<Duration>,
    reads: Vec<Duration>,
}

impl Times {
    /// A write and a read after it.
    fn take(&mut self, store: &Store, number: u64) -> Result<(), Failure> {
        self.writes.push(admit(store, number)?);
        let query = [corpus::query(number)];
        let start = Instant::now();
        let found = store.rank(&query, Retriever::Fusion, 10);
        self.reads.push(start.elapsed());
        std::hint::black_box(found);
        Ok(())
    }

    fn told(self) -> Told {
        let mean = |times: &[Duration]| {
            let sum: Duration = times.iter().sum();
            sum.as_secs_f64() * 1e3 / times.len().max(1) as f64
        };
        let (write_mean_ms, read_mean_ms) = (mean(&self.writes), mean(&self.reads));
        let [write_p50_ms, write_p99_ms] = middle_and_high(self.writes);
        let [read_p50_ms, read_p99_ms] = middle_and_high(self.reads);
        Told {
            write_mean_ms,
            write_p50_ms,
            write_p99_ms,
            read_mean_ms,
            read_p50_ms,
            read_p99_ms,
        }
    }
}

/// Writes one item; returns what that took.
fn admit(store: &Store, number: u64) -> Result<Duration, Failure> {
    let item = [corpus::item(number)];
    let start = Instant::now();
    store.admit(&item).or_infrastructure("a write failed")?;
    Ok(start.elapsed())
}

fn maintain(store: &Store) -> Result<(), Failure> {
    store.maintain().or_infrastructure("maintenance failed")
}

fn statistics(store: &Store) -> Result<falcon_memory::Statistics, Failure> {
    store
        .statistics()
        .or_infrastructure("the memory cannot be read")
}
