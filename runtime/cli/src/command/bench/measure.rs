//! Measuring several subjects fairly: in turn, in the same process, on the same machine.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use falcon_report::{Latency, Throughput};

use crate::failure::Failure;

/// Something that is done again and again.
pub(super) struct Subject<'a> {
    /// For people.
    pub(super) name: &'static str,
    /// Does it once; an error ends the measurement.
    pub(super) once: Box<dyn Fn() -> Result<(), Failure> + Sync + 'a>,
}

/// Times of single runs, every subject in turn until the time is up.
pub(super) fn latency(subjects: &[Subject<'_>], time: Duration) -> Result<Vec<Latency>, Failure> {
    // Once each unmeasured: caches, page faults of the image, the dynamic loader.
    for subject in subjects {
        (subject.once)()?;
    }
    let mut times = vec![Vec::new(); subjects.len()];
    let began = Instant::now();
    while began.elapsed() < time || times[0].len() < 10 {
        for (subject, times) in subjects.iter().zip(&mut times) {
            let start = Instant::now();
            (subject.once)()?;
            times.push(start.elapsed());
        }
    }
    let summed = |(subject, mut times): (&Subject<'_>, Vec<Duration>)| {
        times.sort_unstable();
        Latency {
            what: subject.name.to_owned(),
            runs: times.len() as u64,
            p50_ms: quantile(&times, 0.5),
            p99_ms: quantile(&times, 0.99),
            min_ms: quantile(&times, 0.0),
        }
    };
    Ok(subjects.iter().zip(times).map(summed).collect())
}

/// Runs a second of each subject with each number of workers, in slices that take turns.
pub(super) fn throughput(
    subjects: &[Subject<'_>],
    workers: &[u64],
    time: Duration,
) -> Result<Vec<Throughput>, Failure> {
    const SLICES: u32 = 4;
    let mut done = vec![vec![(0u64, 0f64); workers.len()]; subjects.len()];
    for _ in 0..SLICES {
        for (subject, done) in subjects.iter().zip(&mut done) {
            for (count, done) in workers.iter().zip(done.iter_mut()) {
                let (runs, seconds) = slice(subject, *count, time / SLICES)?;
                done.0 += runs;
                done.1 += seconds;
            }
        }
    }
    let mut rates = Vec::new();
    for (subject, done) in subjects.iter().zip(&done) {
        for (count, (runs, seconds)) in workers.iter().zip(done) {
            rates.push(Throughput {
                what: subject.name.to_owned(),
                workers: *count,
                per_second: *runs as f64 / seconds,
            });
        }
    }
    Ok(rates)
}

/// Runs that ended within a slice, and its seconds.
fn slice(subject: &Subject<'_>, workers: u64, time: Duration) -> Result<(u64, f64), Failure> {
    let runs = AtomicU64::new(0);
    let began = Instant::now();
    let worker = || -> Result<(), Failure> {
        // Once at least: on a busy machine a slice can be over before its thread begins.
        loop {
            (subject.once)()?;
            runs.fetch_add(1, Ordering::Relaxed);
            if began.elapsed() >= time {
                return Ok(());
            }
        }
    };
    thread::scope(|scope| {
        let all: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        all.into_iter().try_for_each(|one| {
            one.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })?;
    Ok((runs.load(Ordering::Relaxed), began.elapsed().as_secs_f64()))
}

/// The value below which this share of the sorted times lies, in milliseconds.
fn quantile(sorted: &[Duration], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = (share * last as f64).round() as usize;
    sorted
        .get(at.min(last))
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_take_turns() {
        let subjects = [
            Subject {
                name: "quick",
                once: Box::new(|| Ok(())),
            },
            Subject {
                name: "slow",
                once: Box::new(|| {
                    thread::sleep(Duration::from_millis(2));
                    Ok(())
                }),
            },
        ];
        let times = latency(&subjects, Duration::from_millis(1)).unwrap();
        assert_eq!((times[0].runs, times[1].runs), (10, 10));
        assert!(times[1].p50_ms >= 2.0 && times[0].p50_ms < times[1].p50_ms);
        let rates = throughput(&subjects, &[1, 2], Duration::from_millis(40)).unwrap();
        assert_eq!(
            rates.iter().map(|r| r.workers).collect::<Vec<_>>(),
            [1, 2, 1, 2]
        );
        assert!(rates.iter().all(|r| r.per_second > 0.0));
    }

    #[test]
    fn an_error_ends_it() {
        let fail = || Err(Failure::infrastructure(anyhow::anyhow!("broken")));
        let subjects = [Subject {
            name: "broken",
            once: Box::new(fail),
        }];
        assert!(latency(&subjects, Duration::from_millis(1)).is_err());
        assert!(slice(&subjects[0], 2, Duration::from_millis(1)).is_err());
    }
}
