//! What the end of an instance says: whose fault it was, and why.

use falcon_episode::Verdict;
use wasmtime::Trap;
use wasmtime_wasi::I32Exit;

use super::{candidate::Forbidden, files::Full, output::OutputLimit, side::Side};

/// How an instance ended before it answered.
#[derive(Clone, Debug)]
pub struct Ending {
    /// Whose fault it was; never `Passed`.
    pub verdict: Verdict,
    /// Why, for people.
    pub message: String,
    /// What the program gave to its process's exit, where that ended it.
    pub exit_code: Option<i32>,
}

/// Reads an error that came out of the instance of this side.
pub(super) fn of(error: &wasmtime::Error, side: &Side) -> Ending {
    let ending = |verdict, message: String| Ending {
        verdict,
        message,
        exit_code: None,
    };
    if let Some(limit) = error.downcast_ref::<OutputLimit>() {
        return ending(Verdict::OutputLimit, limit.to_string());
    }
    if let Some(full) = error.downcast_ref::<Full>() {
        return ending(Verdict::OutputLimit, full.to_string());
    }
    if side.stdout.exceeded() || side.stderr.exceeded() {
        return ending(
            Verdict::OutputLimit,
            "the program wrote more than its limit".to_owned(),
        );
    }
    if let Some(forbidden) = error.downcast_ref::<Forbidden>() {
        return ending(Verdict::Forbidden, forbidden.to_string());
    }
    if let Some(I32Exit(code)) = error.downcast_ref() {
        let message = format!("the program ended its process with exit code {code}");
        return Ending {
            verdict: Verdict::RuntimeError,
            message,
            exit_code: Some(*code),
        };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => ending(
            Verdict::OutOfFuel,
            "the program used up its fuel".to_owned(),
        ),
        Some(Trap::Interrupt) => ending(
            Verdict::Infrastructure,
            "killed by wall-clock time before its fuel was used up".to_owned(),
        ),
        Some(_) if side.memory_refused() => ending(
            Verdict::OutOfMemory,
            "the program asked for more than its memory".to_owned(),
        ),
        Some(Trap::StackOverflow) => ending(
            Verdict::RuntimeError,
            "the program overflowed the stack".to_owned(),
        ),
        Some(trap) => {
            let why = side.panic.clone().unwrap_or_else(|| trap.to_string());
            ending(
                Verdict::RuntimeError,
                format!("the program crashed its interpreter: {why}"),
            )
        }
        // Of what WebAssembly's own exceptions are made, for one.
        None if side.memory_refused() => ending(
            Verdict::OutOfMemory,
            "the program asked for more than its memory".to_owned(),
        ),
        // What it gave back was no value of the interface, or more than may be copied out of it.
        None => ending(
            Verdict::RuntimeError,
            format!("the program broke its interpreter: {error:#}"),
        ),
    }
}
