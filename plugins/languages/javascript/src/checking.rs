//! Compiling, and the places of what does not compile.

use falcon_sdk::language::Diagnostic;

use crate::{
    engine::{self, PROGRAM, Thrown, Value},
    faults::Fault,
};

/// Compiles a program without running it.
pub(crate) fn check(source: &str) -> Vec<Diagnostic> {
    engine::start();
    match compile(source) {
        Ok(_) => Vec::new(),
        Err(thrown) => vec![Fault::of(&thrown.value).diagnostic()],
    }
}

/// Compiles a program. A first line that names an interpreter is left out.
pub(crate) fn compile(source: &str) -> Result<Value, Thrown> {
    engine::compile(source, PROGRAM)
}
