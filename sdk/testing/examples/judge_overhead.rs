//! What a judge costs: each first-party judge in a fresh instance for every episode, as in grading.
//!
//! ```text
//! cargo run --release -p falcon-testing -p falcon-cli --example judge_overhead -- PROGRAMS [ROUNDS]
//! ```
//!
//! PROGRAMS is a file of JSON lines with a `program` each, as `examples/judges/mutations.py` writes.

#![allow(clippy::print_stdout, reason = "a measurement that people start")]

use std::{error::Error, time::Instant};

use falcon_episode::Verdict;
use falcon_host::{Loader, stack};
use falcon_testing::{EpisodeBuilder, episode, first_party, judge_input};

const JUDGES: [&str; 4] = ["unit-tests", "error-feedback", "complexity", "style"];

fn main() -> Result<(), Box<dyn Error>> {
    // A thread with room for instances, as grading's are: on any other each call would first make one.
    let measuring = std::thread::Builder::new().stack_size(stack::THREAD);
    let done = measuring.spawn(|| {
        stack::is_ample();
        measure().map_err(|error| error.to_string())
    })?;
    Ok(done.join().map_err(|_| "the measurement panicked")??)
}

fn measure() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("which file of programs?")?;
    let rounds: usize = arguments.next().map_or(Ok(5), |rounds| rounds.parse())?;
    let episodes = read(&file)?;
    let bytes: usize = episodes.iter().map(|one| one.program.len()).sum();
    println!(
        "{} programs of {} bytes on average",
        episodes.len(),
        bytes / episodes.len()
    );
    println!(
        "judge            fresh p50 µs  fresh p90 µs  empty program µs  32 in one instance µs"
    );
    for name in JUDGES {
        let plugin = Loader::new()?.load(&first_party(&format!("falcon/{name}"))?)?;
        let judge = plugin.judge(&serde_json::Value::Null)?;
        let mut fresh = Vec::new();
        let mut empty = Vec::new();
        let mut together = Vec::new();
        let nothing = episode("").tests([Verdict::Passed]);
        for _ in 0..rounds {
            for one in &episodes {
                fresh.push(micros(|| judge.judge(judge_input(one)).map(drop))?);
                empty.push(micros(|| judge.judge(judge_input(&nothing)).map(drop))?);
            }
            for some in episodes.chunks(32) {
                let inputs: Vec<_> = some.iter().map(|one| judge_input(one)).collect();
                let all = micros(|| judge.judge_all(&inputs).map(drop))?;
                together.push(all / some.len() as f64);
            }
        }
        let (median, ninth) = (quantile(&mut fresh, 0.5), quantile(&mut fresh, 0.9));
        let (start, batch) = (quantile(&mut empty, 0.5), quantile(&mut together, 0.5));
        println!("{name:16} {median:12.1} {ninth:13.1} {start:17.1} {batch:22.1}");
    }
    Ok(())
}

fn read(file: &str) -> Result<Vec<EpisodeBuilder>, Box<dyn Error>> {
    let mut episodes = Vec::new();
    for line in std::fs::read_to_string(file)?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let program = row["program"].as_str().ok_or("a line without `program`")?;
        episodes.push(episode(program).tests([Verdict::Passed]));
    }
    if episodes.is_empty() {
        return Err("no programs".into());
    }
    Ok(episodes)
}

fn micros<E>(call: impl FnOnce() -> Result<(), E>) -> Result<f64, E> {
    let began = Instant::now();
    call()?;
    Ok(began.elapsed().as_secs_f64() * 1e6)
}

fn quantile(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    times[((times.len() - 1) as f64 * share) as usize]
}
