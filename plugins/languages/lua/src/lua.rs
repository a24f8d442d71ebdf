//! A Lua state, and what it raises.

use std::ffi::CStr;

use falcon_sdk::language::{Diagnostic, Severity};

use crate::{
    ffi::{self, RawState},
    harness::link::Status,
};

/// The chunk of the program.
pub(crate) const PROGRAM: &CStr = c"=program.lua";
/// The chunk of the tests.
pub(crate) const TESTS: &CStr = c"=tests.lua";

/// What Lua raised.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// The error value's own name, else its type; "runtime error" for a text.
    pub(crate) kind: String,
    /// Its text, with the place that Lua puts in front of one.
    pub(crate) message: String,
    /// The line where the chunk was; 0 where unknown.
    pub(crate) line: u32,
    pub(crate) out_of_memory: bool,
    /// On the test side: whether it is what the program raised last.
    pub(crate) by_program: bool,
}

/// How a call into Lua failed.
#[derive(Clone, Debug)]
pub(crate) enum Error {
    Raised(Fault),
    /// A value does not cross, and why.
    NotPlain(String),
    /// The run of the tests is over.
    Stopped,
}

/// A Lua state with the standard library.
pub(crate) struct State(RawState);

impl State {
    /// # Panics
    /// Where there is no memory for it, which the host makes its verdict of.
    pub(crate) fn new() -> Self {
        Self(RawState::new().expect("memory for a Lua state"))
    }

    /// Compiles a chunk.
    pub(crate) fn load(&mut self, source: &str, chunk: &'static CStr) -> Result<(), Error> {
        told(self.0.load(text_of(source).as_bytes(), chunk))
    }

    /// How many bytes of a source that does not compile the compiler takes.
    pub(crate) fn reached(&mut self, source: &str) -> usize {
        self.0.reached(source.as_bytes())
    }

    /// Runs the loaded chunk as a whole program.
    pub(crate) fn run(self, arguments: &[String]) -> Result<(), Error> {
        let mut joined = Vec::new();
        for one in arguments {
            joined.extend(one.bytes().take_while(|byte| *byte != 0));
            joined.push(0);
        }
        told(self.0.run(&joined))
    }

    /// Runs the loaded chunk and keeps its locals.
    pub(crate) fn open(&mut self) -> Result<(), Error> {
        told(self.0.open())
    }

    /// The state's other calls, each of which tells how it went.
    pub(crate) fn call(&mut self, call: impl FnOnce(&mut RawState) -> Status) -> Result<(), Error> {
        told(call(&mut self.0))
    }

    /// Makes the kept locals globals.
    pub(crate) fn share(&mut self) {
        self.0.share();
    }
}

/// The text that Lua compiles: without a byte order mark, and without the first line where that is one for
/// the system's shell. Its end of line stays, so that lines keep their numbers.
pub(crate) fn text_of(source: &str) -> &str {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    if source.starts_with('#') {
        return source.find('\n').map_or("", |end| &source[end..]);
    }
    source
}

fn told(status: Status) -> Result<(), Error> {
    match status {
        Status::Ok => Ok(()),
        Status::Raised => Err(Error::Raised(ffi::fault())),
        Status::NotPlain => Err(Error::NotPlain(ffi::fault().message)),
        Status::Stopped => Err(Error::Stopped),
    }
}

impl Fault {
    /// The class that it crosses as.
    pub(crate) fn class(&self) -> &str {
        if self.out_of_memory {
            "MemoryError"
        } else if self.kind.is_empty() {
            "runtime error"
        } else {
            &self.kind
        }
    }

    /// The error with its place: the line that its text begins with, else the one that was running.
    pub(crate) fn diagnostic(&self) -> Diagnostic {
        let (line, message) = without_place(&self.message).unwrap_or((self.line, &self.message));
        Diagnostic {
            severity: Severity::Error,
            class: self.class().to_owned(),
            message: message.to_owned(),
            line,
            column: 0,
        }
    }
}

/// Takes `chunk.lua:12: ` off a message of one of our own chunks.
pub(crate) fn without_place(message: &str) -> Option<(u32, &str)> {
    let rest = ["program.lua:", "tests.lua:"]
        .iter()
        .find_map(|chunk| message.strip_prefix(chunk))?;
    let (line, message) = rest.split_once(": ")?;
    Some((line.parse().ok()?, message))
}
