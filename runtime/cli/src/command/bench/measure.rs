//! Measuring several subjects fairly: in turn, from the same process, on the same machine.

use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use falcon_report::{BenchSubject, Latency, Throughput};

use crate::{failure::Failure, live};

/// Something that is done again and again.
pub(super) struct Subject<'a> {
    pub(super) name: BenchSubject,
    /// Whether it is also done by several at once.
    pub(super) rated: bool,
    /// Does it once; an error ends the measurement.
    pub(super) once: Box<dyn Fn() -> Result<(), Failure> + Sync + 'a>,
}

/// Runs of a subject at least, however long one takes.
const LEAST: usize = 5;

/// Time between two lines that say how far it is.
const TELL: Duration = Duration::from_secs(10);

/// Times of single runs, until each subject has had its time. Next is always the one that has spent the
/// least, so that slow and fast ones are measured over the same stretch of the machine's day.
pub(super) fn latency(subjects: &[Subject<'_>], time: Duration) -> Result<Vec<Latency>, Failure> {
    // Once each unmeasured: caches, page faults of the image, the dynamic loader.
    for subject in subjects {
        let start = Instant::now();
        (subject.once)()?;
        live::line(&format!(
            "{}: first in {:.1} ms",
            shown(&subject.name),
            milliseconds(start.elapsed())
        ));
    }
    let mut times = vec![Vec::new(); subjects.len()];
    let mut spent = vec![Duration::ZERO; subjects.len()];
    let began = Instant::now();
    let mut told = began;
    loop {
        let unfinished = |at: &usize| spent[*at] < time || times[*at].len() < LEAST;
        let next = (0..subjects.len()).filter(unfinished);
        let Some(at) = next.min_by_key(|at| spent[*at]) else {
            break;
        };
        let start = Instant::now();
        (subjects[at].once)()?;
        let took = start.elapsed();
        times[at].push(took);
        spent[at] += took;
        if told.elapsed() > TELL {
            told = Instant::now();
            let runs: usize = times.iter().map(Vec::len).sum();
            live::line(&format!(
                "latency: {runs} runs in {:.0} s",
                began.elapsed().as_secs_f64()
            ));
        }
    }
    let summed = |(subject, mut times): (&Subject<'_>, Vec<Duration>)| {
        times.sort_unstable();
        Latency {
            subject: subject.name.clone(),
            runs: times.len() as u64,
            p50_ms: quantile(&times, 0.5),
            p99_ms: quantile(&times, 0.99),
            min_ms: quantile(&times, 0.0),
        }
    };
    Ok(subjects.iter().zip(times).map(summed).collect())
}

/// What a number of workers did of a subject.
#[derive(Clone, Default)]
struct Done {
    times: Vec<Duration>,
    seconds: f64,
}

/// Runs a second of each subject with each number of workers, in slices that take turns.
pub(super) fn throughput(
    subjects: &[Subject<'_>],
    workers: &[u64],
    time: Duration,
) -> Result<Vec<Throughput>, Failure> {
    const SLICES: u32 = 4;
    let subjects: Vec<_> = subjects.iter().filter(|subject| subject.rated).collect();
    let mut done = vec![vec![Done::default(); workers.len()]; subjects.len()];
    for round in 1..=SLICES {
        for (subject, done) in subjects.iter().zip(&mut done) {
            for (count, done) in workers.iter().zip(done.iter_mut()) {
                // A slow one may have had all its time in one slice.
                if done.seconds < time.as_secs_f64() {
                    let (times, seconds) = slice(subject, *count, time / SLICES)?;
                    done.times.extend(times);
                    done.seconds += seconds;
                }
            }
        }
        live::line(&format!("runs a second: round {round} of {SLICES}"));
    }
    let mut rates = Vec::new();
    for (subject, done) in subjects.iter().zip(done) {
        let rate = |done: &Done| done.times.len() as f64 / done.seconds;
        let alone = done.first().map_or(f64::NAN, rate);
        for (count, mut done) in workers.iter().zip(done) {
            done.times.sort_unstable();
            rates.push(Throughput {
                subject: subject.name.clone(),
                workers: *count,
                runs: done.times.len() as u64,
                per_second: rate(&done),
                scaling: rate(&done) / alone,
                p50_ms: quantile(&done.times, 0.5),
                p99_ms: quantile(&done.times, 0.99),
            });
        }
    }
    Ok(rates)
}

/// Times of the runs of one slice, and the seconds that it took.
fn slice(
    subject: &Subject<'_>,
    workers: u64,
    time: Duration,
) -> Result<(Vec<Duration>, f64), Failure> {
    let all = Mutex::new(Vec::new());
    let began = Instant::now();
    let worker = || -> Result<(), Failure> {
        let mut times = Vec::new();
        // Once at least: on a busy machine a slice can be over before its thread begins.
        loop {
            let start = Instant::now();
            (subject.once)()?;
            times.push(start.elapsed());
            if began.elapsed() >= time {
                all.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend(times);
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
    let seconds = began.elapsed().as_secs_f64();
    Ok((
        all.into_inner().unwrap_or_else(PoisonError::into_inner),
        seconds,
    ))
}

/// A subject in a line for people.
pub(super) fn shown(name: &BenchSubject) -> String {
    format!(
        "{}, {}, {}",
        name.language,
        name.what,
        name.place.described()
    )
}

/// The value below which this share of the sorted times lies, in milliseconds.
pub(super) fn quantile(sorted: &[Duration], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = (share * last as f64).round() as usize;
    sorted
        .get(at.min(last))
        .map_or(f64::NAN, |time| milliseconds(*time))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use falcon_report::Place;

    use super::*;

    fn subject<'a>(what: &str, once: impl Fn() -> Result<(), Failure> + Sync + 'a) -> Subject<'a> {
        Subject {
            name: BenchSubject {
                language: "none".to_owned(),
                what: what.to_owned(),
                place: Place::InProcess,
            },
            rated: true,
            once: Box::new(once),
        }
    }

    fn sleep(milliseconds: u64) {
        thread::sleep(Duration::from_millis(milliseconds));
    }

    #[test]
    fn each_has_its_share_of_the_time() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut subjects = [
            subject("quick", || {
                sleep(1);
                Ok(())
            }),
            subject("slow", || {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                sleep(10);
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }),
        ];
        let times = latency(&subjects, Duration::from_millis(60)).unwrap();
        assert_eq!(most.load(Ordering::SeqCst), 1);
        assert!(times[1].runs >= LEAST as u64 && times[0].runs > times[1].runs);
        assert!(times[1].p50_ms >= 10.0 && times[0].p50_ms < times[1].p50_ms);
        subjects[0].rated = false;
        let rates = throughput(&subjects, &[1, 2], Duration::from_millis(60)).unwrap();
        let counts: Vec<_> = rates.iter().map(|rate| rate.workers).collect();
        assert_eq!(counts, [1, 2]);
        assert_eq!(rates[0].scaling.to_bits(), 1f64.to_bits());
        // Two workers do not wait for each other.
        assert_eq!(most.load(Ordering::SeqCst), 2);
        assert!(
            rates
                .iter()
                .all(|rate| rate.runs > 0 && rate.p50_ms >= 10.0)
        );
    }

    #[test]
    fn an_error_ends_it() {
        let broken = || Err(Failure::infrastructure(anyhow::anyhow!("broken")));
        let subjects = [subject("broken", broken)];
        assert!(latency(&subjects, Duration::from_millis(1)).is_err());
        assert!(slice(&subjects[0], 2, Duration::from_millis(1)).is_err());
    }
}
