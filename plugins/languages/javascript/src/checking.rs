//! Compiling, and the places of what does not compile.

use std::cell::RefCell;

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

thread_local! {
    /// The program, for the places of its errors.
    static SOURCE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The column in characters of a place that the engine tells in bytes, both from one.
pub(crate) fn column(line: u32, bytes: u32) -> u32 {
    SOURCE.with_borrow(|source| {
        let text = source
            .split('\n')
            .nth(line.saturating_sub(1) as usize)
            .unwrap_or_default();
        let before = text.as_bytes().get(..bytes.saturating_sub(1) as usize);
        let before = before.map_or(bytes.saturating_sub(1) as usize, |before| {
            // Whatever is no later byte of a character is the start of one.
            before.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
        });
        u32::try_from(before + 1).unwrap_or(0)
    })
}

/// Compiles a program.
pub(crate) fn compile(source: &str) -> Result<Value, Thrown> {
    SOURCE.set(source.to_owned());
    engine::compile(source, PROGRAM)
}
