//! Many programs at once, by one worker process and by all: what more workers are worth where no program waits for
//! a caller.

use std::time::{Duration, Instant};

use falcon_report::{Batch, Latency, Place};

use super::{
    measure::quantile,
    ours::{HARNESS, Opened, passes},
};
use crate::{failure::Failure, live, services::Sandbox};

/// Rounds of each at least, and programs of a round at most.
const LEAST: usize = 3;
const MOST: f64 = 500.0;

/// Grades batches of the task's test program with each number of workers in turn, until each has had its time.
///
/// # Arguments
/// - `latency`: what one program took, by which a batch is made that takes about `time`.
/// - `most`: how many workers all are.
pub(super) fn grade(
    packs: &[Opened],
    latency: &[Latency],
    most: u64,
    time: Duration,
) -> Result<Vec<Batch>, Failure> {
    let mut batches = Vec::new();
    for pack in packs {
        let (Some(alone), Some(workers)) = (&pack.alone, &pack.workers) else {
            continue;
        };
        let one = latency.iter().find(|one| {
            let subject = &one.subject;
            (&subject.language, subject.what.as_str(), subject.place)
                == (&pack.label, HARNESS, Place::Worker)
        });
        let Some(one) = one else { continue };
        let wanted = (time.as_secs_f64() * 1e3 / one.p50_ms).min(MOST);
        let count = wanted.max(4.0 * most as f64) as usize;
        let mut sides = [(1, alone, Vec::new()), (most, workers, Vec::new())];
        for (_, sandbox, _) in &sides {
            // Unmeasured, as everywhere.
            round(pack, sandbox, count)?;
        }
        let wants_more =
            |times: &Vec<Duration>| times.len() < LEAST || times.iter().sum::<Duration>() < time;
        while sides.iter().any(|(_, _, times)| wants_more(times)) {
            for (_, sandbox, times) in &mut sides {
                times.push(round(pack, sandbox, count)?);
            }
        }
        live::line(&format!("{}: batches of {count} done", pack.label));
        batches.extend(summed(&pack.label, count, sides));
    }
    Ok(batches)
}

/// The time that a batch takes. Every program differs from all others.
fn round(pack: &Opened, sandbox: &Sandbox, count: usize) -> Result<Duration, Failure> {
    let harness = pack.task.harness();
    let programs: Vec<_> = (0..count).map(|_| pack.task.fresh(&harness)).collect();
    let began = Instant::now();
    passes(sandbox, &programs)?;
    Ok(began.elapsed())
}

fn summed(language: &str, count: usize, sides: [(u64, &Sandbox, Vec<Duration>); 2]) -> Vec<Batch> {
    let mut alone = f64::NAN;
    let one = |(workers, _, mut times): (u64, &Sandbox, Vec<Duration>)| {
        times.sort_unstable();
        let p50_s = quantile(&times, 0.5) / 1e3;
        if workers == 1 {
            alone = p50_s;
        }
        Batch {
            language: language.to_owned(),
            workers,
            programs: count as u64,
            rounds: times.len() as u64,
            p50_s,
            min_s: quantile(&times, 0.0) / 1e3,
            per_second: count as f64 / p50_s,
            scaling: alone / p50_s,
        }
    };
    sides.into_iter().map(one).collect()
}
