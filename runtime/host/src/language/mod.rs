//! Language packs: programs checked, run, and held open as candidates.
//!
//! There are two forms of packs. An *interpreted* language has its interpreter in the pack, whose instance
//! holds the program. Of a *compiled* language the pack makes core modules, and the host runs those. Both
//! say the same of a program.
//!
//! Architecture invariant: a program never shares an instance with what decides its fate. What it
//! returns leaves its instance as plain data, is checked here, and is compared on the host or in
//! the test side's instance.

mod bindings;
mod candidate;
mod compiled;
mod convert;
mod ending;
mod files;
mod interpreted;
mod limits;
mod outcome;
mod output;
mod program_run;
mod side;
mod wasi;
mod within;
mod work;
mod world;

use falcon_episode::{Cancel, Diagnostic, Harness, Tests, Value, encode};

use compiled::Compiled;
pub use compiled::Prepared;
use interpreted::Interpreted;

pub use ending::Ending;
pub use limits::Limits;
pub use outcome::{CallsRun, Description, Exception, HarnessRun, OpenError};
pub use program_run::ProgramRun;
pub use within::Within;

use crate::{Plugin, plugin::Linked, stack};

/// A language pack, ready to make instances.
pub struct LanguagePack {
    form: Form,
}

enum Form {
    Interpreted(Interpreted),
    Compiled(Box<Compiled>),
}

/// A fault of ours while a program ran.
#[derive(Debug, thiserror::Error)]
#[error("the language pack failed: {0:#}")]
pub struct LanguageError(wasmtime::Error);

impl LanguageError {
    fn new(message: impl Into<String>) -> Self {
        Self(wasmtime::Error::msg(message.into()))
    }
}

type Opened<T> = Result<(Result<T, OpenError>, u64), LanguageError>;

impl LanguagePack {
    /// The pack that a loaded plugin is.
    ///
    /// # Errors
    /// Where the plugin is not a language pack of this track.
    pub fn of(plugin: &Plugin) -> Result<Self, LanguageError> {
        let (engine, component) = (plugin.engine().wasmtime(), plugin.component());
        let form = match plugin.linked() {
            Linked::CompiledLanguage(payload) => {
                Form::Compiled(Box::new(Compiled::new(plugin, payload)?))
            }
            _ => Form::Interpreted(Interpreted::new(engine, component)?),
        };
        Ok(Self { form })
    }

    /// What the pack says of itself.
    ///
    /// # Errors
    /// Where the pack fails.
    pub fn describe(&self) -> Result<Description, LanguageError> {
        ample(|| match &self.form {
            Form::Interpreted(pack) => pack.describe(),
            Form::Compiled(pack) => pack.describe(),
        })
    }

    /// What this program and its tests take that is the same for many programs, made here, or taken from where it is
    /// kept, for a process that may open no files and should not make it again: [`Self::take`]. Nothing where the language
    /// is interpreted.
    ///
    /// # Errors
    /// Where the pack or one of its tools fails, or the request is taken back.
    pub fn prepare(
        &self,
        source: &str,
        tests: Option<&Tests>,
        cancel: &Cancel,
    ) -> Result<Vec<Prepared>, LanguageError> {
        match &self.form {
            Form::Interpreted(_) => Ok(Vec::new()),
            Form::Compiled(pack) => ample(|| pack.prepare(source, tests, cancel)),
        }
    }

    /// Keeps what [`Self::prepare`] gave in another process.
    pub fn take(&self, prepared: Vec<Prepared>) {
        if let Form::Compiled(pack) = &self.form {
            pack.take(prepared);
        }
    }

    /// Drops all that it was handed.
    pub fn forget(&self) {
        if let Form::Compiled(pack) = &self.form {
            pack.forget();
        }
    }

    /// From here on keeps only what it is handed, besides the modules of programs, which are bounded: for a process
    /// that is handed all that it needs.
    pub fn seal(&self) {
        if let Form::Compiled(pack) = &self.form {
            pack.seal();
        }
    }

    /// Compiles a program without running it.
    ///
    /// # Errors
    /// Where the pack fails for another reason than the program's size or depth.
    pub fn check(
        &self,
        source: &str,
        limits: &Limits,
    ) -> Result<Result<Vec<Diagnostic>, Ending>, LanguageError> {
        ample(|| match &self.form {
            Form::Interpreted(pack) => pack.check(source, limits),
            Form::Compiled(pack) => pack.check(source),
        })
    }

    /// Runs a whole program.
    ///
    /// # Errors
    /// Where no instance can be had.
    pub fn run_program<'a>(
        &self,
        source: &str,
        args: &[String],
        stdin: &[u8],
        within: impl Into<Within<'a>>,
    ) -> Result<ProgramRun, LanguageError> {
        let within = within.into();
        ample(|| match &self.form {
            Form::Interpreted(pack) => pack.run_program(source, args, stdin, within),
            Form::Compiled(pack) => pack.run_program(source, args, stdin, within),
        })
    }

    /// Opens a program and calls one of its functions with each of the arguments, each a plain-data
    /// pair of positional list and keyword dict, in order, as far as it gets. `each` makes of the result of a call, by
    /// its place, what is kept of it, so that the results of many calls are never held together.
    ///
    /// # Errors
    /// Where no instance can be had.
    pub fn calls<'a, T: Send>(
        &self,
        source: &str,
        function: &str,
        arguments: &[Vec<u8>],
        within: impl Into<Within<'a>>,
        each: impl FnMut(usize, Result<Value, Exception>) -> T + Send,
    ) -> Opened<CallsRun<T>> {
        let within = within.into();
        ample(|| match &self.form {
            Form::Interpreted(pack) => pack.calls(source, function, arguments, within, each),
            Form::Compiled(pack) => pack.calls(source, function, arguments, within, each),
        })
    }

    /// Opens a program and runs a test program against it, in two instances.
    ///
    /// # Errors
    /// Where no instance can be had.
    pub fn harness<'a>(
        &self,
        source: &str,
        harness: &Harness,
        within: impl Into<Within<'a>>,
    ) -> Opened<HarnessRun> {
        let within = within.into();
        ample(|| match &self.form {
            Form::Interpreted(pack) => pack.harness(source, harness, within),
            Form::Compiled(pack) => pack.harness(source, harness, within),
        })
    }
}

/// That a component is a language pack of this track, found out when it is loaded.
pub(crate) fn fits(
    engine: &wasmtime::Engine,
    component: &wasmtime::component::Component,
    compiled: bool,
) -> Result<(), LanguageError> {
    if compiled {
        compiled::fits(engine, component)
    } else {
        Interpreted::new(engine, component).map(drop)
    }
}

/// Makes what a program's first output would make, for a process that may open nothing later.
pub fn prepare() {
    wasmtime_wasi::runtime::with_ambient_tokio_runtime(|| ());
}

/// Runs where instances may run.
fn ample<T: Send>(
    run: impl FnOnce() -> Result<T, LanguageError> + Send,
) -> Result<T, LanguageError> {
    stack::ample(run).unwrap_or_else(|error| Err(LanguageError(error.into())))
}

/// The plain-data pair of a call with positional arguments only.
#[must_use]
pub fn arguments(positional: &[Value]) -> Vec<u8> {
    encode(&Value::Tuple(vec![
        Value::List(positional.to_vec()),
        Value::Dict(Vec::new()),
    ]))
}
