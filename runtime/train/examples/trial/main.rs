//! A run against fakes of sandbox and memory: `trial CONFIG SEED OUT`.
#![allow(clippy::print_stdout, missing_docs, clippy::expect_used)]

#[path = "../../tests/it/fakes.rs"]
mod fakes;
mod python;

use std::{path::Path, sync::atomic::AtomicBool};

use falcon_train::{Config, Event, Outcome, Phase, Services, Start, train};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let config = Config::load(Path::new(&arguments[1])).unwrap_or_else(|e| panic!("{e}"));
    let seed = arguments[2].parse().expect("seed");
    let warm_start = arguments.get(4).map(|path| Path::new(path).to_owned());
    let (grader, memories) = (python::PythonGrader::new(), fakes::Memories::default());
    let began = std::time::Instant::now();
    let mut observer = |event: &Event| match event {
        Event::Step(p) if p.phase == "warm start" && p.step % 50 != 0 && p.validation.is_none() => {
        }
        Event::Step(p) => println!(
            "{:?} {} {}/{} loss {:.3?} reward {:.3?} pass {:.3?} validation {:.3?} {:.0} tok/s {:.0} runs/s eta {:.0?}",
            began.elapsed().as_secs(),
            p.phase,
            p.step,
            p.of,
            p.loss,
            p.reward,
            p.pass_rate,
            p.validation,
            p.tokens_per_second,
            p.runs_per_second,
            p.eta_seconds
        ),
        other => println!("{other:?}"),
    };
    let services = Services {
        grader: &grader,
        memories: &memories,
        observer: &mut observer,
        cancel: &AtomicBool::new(false),
    };
    let start = Start {
        config,
        seed,
        phase: Phase::All,
        warm_start,
    };
    match train(start, Path::new(&arguments[3]), services) {
        Err(error) => println!("{error}"),
        Ok(Outcome::Stopped { .. }) => println!("stopped"),
        Ok(Outcome::Finished(report)) => {
            for point in &report.warm_start {
                println!("{point:?}");
            }
            for row in &report.eval {
                println!(
                    "{:12} {:10} {:12} p@1 {:.3} [{:.3} {:.3}] p@8 {:.3} greedy {:.3} tokens {:.1}",
                    row.split,
                    row.when,
                    row.memory,
                    row.pass_at_1,
                    row.ci95[0],
                    row.ci95[1],
                    row.pass_at_8,
                    row.greedy,
                    row.tokens_mean
                );
            }
            for gain in &report.gains {
                println!(
                    "{:12} {:26} {:+.1} [{:.1} {:.1}]",
                    gain.split, gain.contrast, gain.diff, gain.ci95[0], gain.ci95[1]
                );
            }
            println!("{:?} {:?}", report.memory, report.phases);
            println!("{} s, {}", report.wall_seconds, report.result_digest);
        }
    }
}
