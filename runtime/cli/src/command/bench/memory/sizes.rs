//! One number of items: storing them, and searching them while more are written.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use falcon_episode::{LongTermMemory as _, MemoryItem, MemoryQuery};
use falcon_memory::{Options, Retriever, Store, embed};
use falcon_report::{MemorySearch, MemorySize};

use super::{corpus, faiss::Faiss, middle_and_high, open, store};
use crate::{
    cli,
    failure::{Failure, OrFail as _},
    live,
    machine::{bytes, forget_peak},
};

/// Items stored together.
const TOGETHER: u64 = 1000;
/// Queries at once, as training asks.
const BATCH: usize = 128;
/// Queries there are.
const QUERIES: u64 = 1024;
const NEIGHBOURS: usize = 10;
/// Items of a small write, and the time between two.
const SMALL: u64 = 4;
const PAUSE: Duration = Duration::from_millis(20);

const SEARCHES: [(&str, Retriever); 4] = [
    ("vector", Retriever::Vector),
    ("vector, exact", Retriever::ExactVector),
    ("text", Retriever::Text),
    ("hybrid", Retriever::Fusion),
];

pub(super) fn measure(options: &cli::BenchMemory, items: u64) -> Result<MemorySize, Failure> {
    forget_peak();
    let of_store = Options {
        capacity: usize::MAX,
        ..Options::default()
    };
    let (folder, store) = store(options, of_store)?;
    let inserts_per_second = fill(&store, 0..items)?;
    live::line(&format!("{items} items: maintenance"));
    let start = Instant::now();
    store.maintain().or_infrastructure("maintenance failed")?;
    let maintenance_s = start.elapsed().as_secs_f64();
    let statistics = store
        .statistics()
        .or_infrastructure("the memory cannot be read")?;
    let peak_bytes = bytes("/proc/self/status", "VmHWM");
    forget_peak();
    let queries: Vec<MemoryQuery> = (0..QUERIES)
        .map(|number| corpus::query(number.wrapping_mul(7919) % items))
        .collect();
    let recall = recall(&store, &queries[..256]);
    let faiss = options.faiss.as_ref().map(|python| {
        live::line(&format!("{items} items: faiss"));
        let vectors = (0..items).map(|number| embed(&corpus::item(number).prompt));
        let asked = queries
            .iter()
            .map(|query| store.query_vector(&query.prompt));
        let asked: Vec<Vec<f32>> = asked.collect();
        Faiss::start(
            python,
            folder.path(),
            vectors,
            &asked,
            recall.min(0.999),
            true,
        )
    });
    let mut faiss = faiss.transpose()?;
    if let Some(faiss) = &faiss {
        live::line(&format!("faiss {}", faiss.ready.version));
    }
    live::line(&format!(
        "{items} items: searching while small writes go on"
    ));
    let writing = Writing::default();
    let (searches, faiss) = thread::scope(|scope| {
        let writer = scope.spawn(|| writing.write(&store, items));
        let measured = rounds(
            &store,
            &queries,
            faiss.as_mut(),
            options.rounds.get(),
            recall,
        );
        writing.stop.store(true, Ordering::Relaxed);
        let written = writer
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.and(measured)
    })?;
    let peak_searching_bytes = bytes("/proc/self/status", "VmHWM");
    live::line(&format!("{items} items: opening the folder again"));
    drop(store);
    let start = Instant::now();
    drop(open(options, of_store, &folder)?);
    let reopening_s = start.elapsed().as_secs_f64();
    Ok(MemorySize {
        items,
        inserts_per_second,
        maintenance_s,
        disk_bytes: statistics.bytes,
        files: statistics.files,
        peak_bytes,
        peak_searching_bytes,
        reopening_s,
        recall,
        writes_per_second: writing.rate(),
        searches,
        faiss,
    })
}

/// Stores the items of these numbers; returns how many a second.
pub(super) fn fill(store: &Store, numbers: Range<u64>) -> Result<f64, Failure> {
    let Range { start, end } = numbers;
    let mut spent = Duration::ZERO;
    let mut told = Instant::now();
    for first in (start..end).step_by(TOGETHER as usize) {
        let some: Vec<MemoryItem> = (first..end.min(first + TOGETHER))
            .map(corpus::item)
            .collect();
        let began = Instant::now();
        store
            .admit(&some)
            .or_infrastructure("the items cannot be stored")?;
        spent += began.elapsed();
        if told.elapsed() > Duration::from_secs(10) {
            told = Instant::now();
            live::line(&format!(
                "{} of {} items stored",
                first - start,
                end - start
            ));
        }
    }
    Ok((end - start) as f64 / spent.as_secs_f64())
}

/// Small writes beside the searches.
#[derive(Default)]
struct Writing {
    stop: AtomicBool,
    written: AtomicU64,
    microseconds: AtomicU64,
}

impl Writing {
    fn write(&self, store: &Store, first: u64) -> Result<(), Failure> {
        let began = Instant::now();
        let mut next = first;
        while !self.stop.load(Ordering::Relaxed) {
            let some: Vec<MemoryItem> = (next..next + SMALL).map(corpus::item).collect();
            store
                .admit(&some)
                .or_infrastructure("a small write failed")?;
            next += SMALL;
            self.written.fetch_add(1, Ordering::Relaxed);
            thread::sleep(PAUSE);
        }
        let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.microseconds.store(took, Ordering::Relaxed);
        Ok(())
    }

    fn rate(&self) -> f64 {
        let seconds = self.microseconds.load(Ordering::Relaxed) as f64 / 1e6;
        self.written.load(Ordering::Relaxed) as f64 / seconds.max(1e-9)
    }
}

/// Share of the exact nearest that the search as it is finds.
fn recall(store: &Store, queries: &[MemoryQuery]) -> f64 {
    let [exact, found] = [Retriever::ExactVector, Retriever::Vector]
        .map(|retriever| store.rank(queries, retriever, NEIGHBOURS));
    let (mut shared, mut all) = (0, 0);
    for (exact, found) in exact.iter().zip(&found) {
        all += exact.len();
        shared += exact.iter().filter(|hit| found.contains(hit)).count();
    }
    shared as f64 / all.max(1) as f64
}

/// Times by what is searched, in the order of the table, and queries at once.
type Times = BTreeMap<(usize, &'static str, usize), Vec<Duration>>;

/// Every search in turn, so that all are measured over the same stretch of the machine's day.
fn rounds(
    store: &Store,
    queries: &[MemoryQuery],
    mut faiss: Option<&mut Faiss>,
    rounds: u32,
    recall: f64,
) -> Result<(Vec<MemorySearch>, Vec<MemorySearch>), Failure> {
    let mut ours = Times::new();
    let mut theirs = Times::new();
    let mut next = 0;
    for round in 0..rounds {
        let sizes: &[usize] = if round % 4 == 0 { &[1, BATCH] } else { &[1] };
        for &size in sizes {
            let asked: Vec<MemoryQuery> = (next..next + size)
                .map(|at| queries[at % queries.len()].clone())
                .collect();
            next += size;
            for (place, (what, retriever)) in SEARCHES.into_iter().enumerate() {
                let start = Instant::now();
                let found = store.rank(&asked, retriever, NEIGHBOURS);
                let took = start.elapsed();
                std::hint::black_box(found);
                ours.entry((place, what, size)).or_default().push(took);
            }
            if let Some(faiss) = &mut faiss {
                for (place, (what, kind)) in [("faiss flat", "flat"), ("faiss IVF", "ivf")]
                    .into_iter()
                    .enumerate()
                {
                    let took = faiss.search(kind, size)?;
                    theirs.entry((place, what, size)).or_default().push(took);
                }
            }
        }
    }
    let their_recall = faiss.and_then(|faiss| faiss.ready.recall);
    let of = |what: &str| match what {
        "vector" => Some(recall),
        "vector, exact" | "faiss flat" => Some(1.0),
        "faiss IVF" => their_recall,
        _ => None,
    };
    Ok((summed(ours, of), summed(theirs, of)))
}

fn summed(times: Times, recall: impl Fn(&str) -> Option<f64>) -> Vec<MemorySearch> {
    let search = |((_, what, queries), times): ((usize, &str, usize), Vec<Duration>)| {
        let rounds = times.len() as u64;
        let [p50_ms, p99_ms] = middle_and_high(times);
        MemorySearch {
            what: what.to_owned(),
            queries: queries as u64,
            rounds,
            p50_ms,
            p99_ms,
            recall: recall(what),
        }
    };
    times.into_iter().map(search).collect()
}
