//! Whole programs.

use falcon_sdk::language::Outcome;

use crate::{
    checking,
    engine::{self, Thrown},
    faults::Fault,
    world,
};

/// Runs a whole program, its jobs and its timers.
pub(crate) fn run(source: &str, arguments: &[String]) -> Outcome {
    engine::start();
    world::install(arguments);
    let compiled = match checking::compile(source) {
        Ok(compiled) => compiled,
        Err(thrown) => return ended(&thrown, "compile"),
    };
    let ran = engine::run(compiled).and_then(|_| world::run_to_the_end());
    let outcome = match ran {
        Err(thrown) if !thrown.for_good => {
            let outcome = ended(&thrown, "run");
            world::put(2, format!("{}\n", told(&thrown)).as_bytes());
            outcome
        }
        _ => Outcome {
            exit_code: world::exit_code().unwrap_or(0),
            error: None,
            phase: String::new(),
        },
    };
    world::flush();
    outcome
}

fn ended(thrown: &Thrown, phase: &str) -> Outcome {
    Outcome {
        exit_code: 1,
        error: Some(Fault::of(&thrown.value).diagnostic()),
        phase: phase.to_owned(),
    }
}

/// What node writes to standard error.
fn told(thrown: &Thrown) -> String {
    let shown = crate::inspect::inspect(&thrown.value, crate::inspect::Style::default());
    if thrown.value.is_object() {
        format!("Uncaught {shown}")
    } else {
        format!("Uncaught:\n{shown}")
    }
}
