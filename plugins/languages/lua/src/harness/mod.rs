//! The test side: runs a trusted test program whose candidate is remote.
//!
//! Each assertion of the test program is a test of its own: it is wrapped so that its outcome is recorded
//! and the next one still runs. A program passes where every test passed, which is where the unwrapped
//! program would have run to its end.

mod lexer;
pub(crate) mod link;
mod names;
mod report;
mod sites;

use std::ffi::CString;

use falcon_sdk::language::{Request, TestOutcome};

use crate::lua::{Error, State, TESTS};

/// The module `luaunit` of the test side, and its second part.
const LUAUNIT: &str = include_str!("../luaunit.lua");
const ASSERTIONS: &str = include_str!("../assertions.lua");

/// Runs the request's tests. One outcome a test.
pub(crate) fn run(request: &Request) -> Vec<TestOutcome> {
    let tests = lexer::tokens(&request.tests);
    let instrumented = sites::instrument(&request.tests, &tests, &request.entry);
    // Before the state is the test side's: the reference may be run for its values.
    let known = match names::decide(request, &tests) {
        Ok(known) => known,
        Err(why) => return vec![report::broken(why)],
    };
    link::begin(instrumented.sites.len());
    let mut lua = State::new();
    let ended = prepare(&mut lua, request, &known, &instrumented);
    let ended = match ended {
        Ok(()) => run_tests(&mut lua, request, &known),
        Err(Preparing::Broken(why)) => return vec![report::broken(why)],
        Err(Preparing::Ended) => Err(Error::Stopped),
    };
    report::outcomes(&instrumented, ended.err())
}

enum Preparing {
    /// A fault of the tests.
    Broken(String),
    /// The program ended.
    Ended,
}

fn prepare(
    lua: &mut State,
    request: &Request,
    known: &names::Known,
    tests: &sites::Instrumented,
) -> Result<(), Preparing> {
    let broken = |what: &str| {
        let what = what.to_owned();
        move |error| match error {
            Error::Raised(fault) => {
                let at = fault.diagnostic();
                let place = if at.line == 0 {
                    String::new()
                } else {
                    format!("line {}: ", at.line)
                };
                Preparing::Broken(format!("{what}: {place}{}", at.message))
            }
            Error::NotPlain(why) => Preparing::Broken(format!("{what}: {why}")),
            Error::Stopped => Preparing::Ended,
        }
    };
    lua.call(|lua| lua.harness(LUAUNIT, ASSERTIONS))
        .map_err(broken("the test side cannot be readied"))?;
    if !request.shared.is_empty() {
        lua.load(&request.shared, TESTS)
            .map_err(broken("the code that both sides share does not compile"))?;
        lua.open()
            .map_err(broken("the code that both sides share raised an error"))?;
        lua.share();
    }
    for (name, value) in &known.values {
        lua.call(|lua| lua.bind(name, Some(value))).map_err(broken(
            "a value of the reference cannot be given to the tests",
        ))?;
    }
    for name in &known.remote {
        lua.call(|lua| lua.bind(name, None))
            .map_err(broken("a name of the program cannot be given to the tests"))?;
    }
    if lua.load(&tests.source, TESTS).is_err() {
        // As it is, the message is about what its author wrote.
        lua.load(&request.tests, TESTS)
            .map_err(broken("the test program does not compile"))?;
    }
    Ok(())
}

fn run_tests(lua: &mut State, request: &Request, known: &names::Known) -> Result<(), Error> {
    lua.open()?;
    if request.entry.is_empty() {
        return Ok(());
    }
    let first = known.remote.first().map_or("", String::as_str);
    // A name with a zero byte is no name of Lua's, and is not found.
    let text = |name: &str| CString::new(name).unwrap_or_default();
    lua.call(|lua| lua.run_entry(&text(&request.entry), &text(first)))
}
