//! Whole programs: standard input to standard output.

use falcon_sdk::language::Outcome;

use crate::{checking, ffi, lua::Error};

/// Runs a program.
pub(crate) fn run(source: &str, arguments: &[String]) -> Outcome {
    let failed = |error, phase: &str| Outcome {
        exit_code: 1,
        error: Some(error),
        phase: phase.to_owned(),
    };
    let lua = match checking::load(source) {
        Ok(lua) => lua,
        Err(error) => return failed(error, "compile"),
    };
    match lua.run(arguments) {
        Err(Error::Raised(fault)) => failed(fault.diagnostic(), "run"),
        _ => Outcome {
            exit_code: ffi::exit_code(),
            error: None,
            phase: String::new(),
        },
    }
}
