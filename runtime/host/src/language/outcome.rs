//! What running a program says.

use falcon_episode::{Diagnostic, TestOutcome, Value, Verdict, decode};

use super::{
    bindings::falcon::language::exchange::{Raised, Reply},
    candidate::not_plain,
    convert,
    ending::Ending,
};

/// What a language pack says of itself.
#[derive(Clone, Debug)]
pub struct Description {
    /// The name users select it by.
    pub language: String,
    /// The language's version.
    pub version: String,
    /// File name suffixes, without the dot.
    pub extensions: Vec<String>,
    /// What else it says.
    pub details: Vec<(String, String)>,
}

/// An exception of the program.
#[derive(Clone, Debug)]
pub struct Exception {
    /// Class names, most derived first; never empty.
    pub types: Vec<String>,
    /// Its text.
    pub message: String,
    /// Its place in the program.
    pub at: Option<Diagnostic>,
    /// True where the value that came back was not plain data.
    pub not_plain: bool,
    /// True where memory had been refused before.
    pub out_of_memory: bool,
}

/// Why a program could not be opened.
#[derive(Clone, Debug)]
pub enum OpenError {
    /// It does not compile.
    Compile(Vec<Diagnostic>),
    /// Its top level raised.
    Raised(Exception),
    /// Its instance ended.
    Ended(Ending),
}

/// Calls of one function.
#[derive(Debug)]
pub struct CallsRun<T> {
    /// What was made of each call's result, as far as the program got.
    pub results: Vec<T>,
    /// Why it got no further.
    pub ended: Option<Ending>,
    /// Fuel used.
    pub fuel: u64,
    /// Instances it took.
    pub instances: u64,
}

/// A test program's run.
#[derive(Debug)]
pub struct HarnessRun {
    /// One outcome a test.
    pub outcomes: Vec<TestOutcome>,
    /// Why the program or its tests came to no end.
    pub ended: Option<Ending>,
    /// Fuel the program used.
    pub fuel: u64,
    /// Fuel the tests used.
    pub test_fuel: u64,
}

/// The test program is trusted, so once the program has `answered` its end is what the answers did to it.
pub(super) fn test_side(ending: Ending, answered: bool) -> Ending {
    let verdict = match ending.verdict {
        // Killed by time, which says nothing of the program.
        Verdict::Infrastructure => Verdict::Infrastructure,
        _ if !answered => Verdict::Infrastructure,
        Verdict::OutOfFuel | Verdict::OutOfMemory | Verdict::OutputLimit => ending.verdict,
        _ => Verdict::Failed,
    };
    let message = if verdict == Verdict::Infrastructure {
        format!("the test program ended: {}", ending.message)
    } else {
        format!(
            "on the test side, with what the program returned: {}",
            ending.message
        )
    };
    Ending {
        verdict,
        message,
        exit_code: None,
    }
}

/// A `MemoryError` after memory was refused is the program's limit and not its own doing.
pub(super) fn own_memory_errors(outcome: &mut TestOutcome, refused: bool) {
    let raised = outcome.verdict == Verdict::RuntimeError
        && outcome
            .at
            .as_ref()
            .is_some_and(|at| at.class == "MemoryError");
    if refused && raised {
        outcome.verdict = Verdict::OutOfMemory;
        outcome.message = "the program asked for more than its memory".to_owned();
    }
}

/// The value of a reply, where it is plain data.
pub(super) fn plain(done: Result<Reply, Raised>, refused: bool) -> Result<Value, Exception> {
    let reply = done.map_err(|raised| exception(raised, refused))?;
    decode(&reply.value).map_err(|error| {
        let message = format!("returned data that is refused: {error}");
        exception(not_plain(message), refused)
    })
}

pub(super) fn exception(raised: Raised, refused: bool) -> Exception {
    let raised = convert::raised(raised);
    Exception {
        out_of_memory: refused && raised.types.iter().any(|name| name == "MemoryError"),
        types: raised.types,
        message: raised.message,
        at: raised.at.map(convert::diagnostic),
        not_plain: raised.not_plain,
    }
}
