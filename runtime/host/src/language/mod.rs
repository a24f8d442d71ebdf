//! Language packs: programs checked, run, and held open as candidates.
//!
//! Architecture invariant: a program never shares an instance with what decides its fate. What it
//! returns leaves its instance as plain data, is checked here, and is compared on the host or in
//! the test side's instance.

mod bindings;
mod candidate;
mod convert;
mod ending;
mod output;
mod side;

use falcon_episode::{Diagnostic, Harness, TestOutcome, Value, Verdict, decode, encode};
use wasmtime::{Engine, Store, component::Component};

use bindings::{
    LanguagePackPre,
    exports::falcon::language::{harness::Request, session::Failure},
    falcon::language::exchange::{Operation, Raised, Reply},
};
use candidate::Candidate;
pub use ending::Ending;
use side::Side;

use crate::stack;

/// What one program may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fuel of the program, in wasmtime units (about one a WebAssembly instruction).
    pub fuel: u64,
    /// Fuel of the test program, counted apart.
    pub test_fuel: u64,
    /// Memory of each instance, in bytes.
    pub memory: usize,
    /// Bytes kept of each of standard output and error; more is `output-limit`.
    pub output: usize,
    /// Ticks of the engine's epoch before an instance is killed. Only a safety net: fuel decides.
    pub epochs: u64,
    /// Seed of the randomness an instance sees.
    pub seed: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // About ten seconds: ten units are a nanosecond on the machines that FALCON was made on.
            fuel: 100_000_000_000,
            test_fuel: 100_000_000_000,
            memory: 256 << 20,
            output: 1 << 20,
            // Ten minutes.
            epochs: 60_000,
            seed: 0,
        }
    }
}

/// A language pack, ready to make instances.
pub struct LanguagePack {
    engine: Engine,
    pre: LanguagePackPre<Side>,
}

/// A fault of ours while a program ran.
#[derive(Debug, thiserror::Error)]
#[error("the language pack failed: {0:#}")]
pub struct LanguageError(wasmtime::Error);

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

/// A whole program's run.
#[derive(Clone, Debug)]
pub struct ProgramRun {
    /// `Passed` where the program ended on its own with exit code 0.
    pub verdict: Verdict,
    /// Why it did not, for people.
    pub message: String,
    /// What was kept of standard output.
    pub stdout: Vec<u8>,
    /// What was kept of standard error.
    pub stderr: Vec<u8>,
    /// The program's exit code, where it came to one.
    pub exit_code: Option<i32>,
    /// The error that ended it.
    pub error: Option<Diagnostic>,
    /// Fuel used.
    pub fuel: u64,
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
pub struct CallsRun {
    /// One result a call, as far as the program got.
    pub results: Vec<Result<Value, Exception>>,
    /// Why it got no further.
    pub ended: Option<Ending>,
    /// Fuel used.
    pub fuel: u64,
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

type Opened<T> = Result<(Result<T, OpenError>, u64), LanguageError>;

impl LanguagePack {
    /// Prepares a component for instantiation.
    ///
    /// # Errors
    /// Where the component is not a language pack of this track.
    pub fn new(engine: &Engine, component: &Component) -> Result<Self, LanguageError> {
        let linker = side::linker(engine).map_err(LanguageError)?;
        let pre = linker.instantiate_pre(component).and_then(LanguagePackPre::new);
        Ok(Self { engine: engine.clone(), pre: pre.map_err(LanguageError)? })
    }

    /// What the pack says of itself.
    ///
    /// # Errors
    /// Where the pack fails.
    pub fn describe(&self) -> Result<Description, LanguageError> {
        ample(|| self.describe_here())
    }

    fn describe_here(&self) -> Result<Description, LanguageError> {
        let (mut store, guest) = self.instance(&Limits::default(), &[])?;
        let told = guest.falcon_language_pack().call_describe(&mut store).map_err(LanguageError)?;
        Ok(Description {
            language: told.language,
            version: told.version,
            extensions: told.extensions,
            details: told.details,
        })
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
        ample(|| self.check_here(source, limits))
    }

    fn check_here(
        &self,
        source: &str,
        limits: &Limits,
    ) -> Result<Result<Vec<Diagnostic>, Ending>, LanguageError> {
        let (mut store, guest) = self.instance(limits, &[])?;
        Ok(match guest.falcon_language_pack().call_check(&mut store, source) {
            Ok(found) => Ok(found.into_iter().map(convert::diagnostic).collect()),
            Err(error) => Err(ending::of(&error, store.data())),
        })
    }

    /// Runs a whole program.
    ///
    /// # Errors
    /// Where no instance can be had.
    pub fn run_program(
        &self,
        source: &str,
        args: &[String],
        stdin: &[u8],
        limits: &Limits,
    ) -> Result<ProgramRun, LanguageError> {
        ample(|| self.run_here(source, args, stdin, limits))
    }

    fn run_here(
        &self,
        source: &str,
        args: &[String],
        stdin: &[u8],
        limits: &Limits,
    ) -> Result<ProgramRun, LanguageError> {
        let (mut store, guest) = self.instance(limits, stdin)?;
        let result = guest.falcon_language_program().call_run(&mut store, source, args);
        let ending = result.as_ref().err().map(|error| ending::of(error, store.data()));
        let side = store.data();
        let mut run = ProgramRun {
            verdict: Verdict::Passed,
            message: String::new(),
            stdout: side.stdout.kept(),
            stderr: side.stderr.kept(),
            exit_code: None,
            error: None,
            fuel: limits.fuel - store.get_fuel().unwrap_or(0),
        };
        match (result, ending) {
            (Ok(outcome), _) => {
                run.exit_code = Some(outcome.exit_code);
                run.error = outcome.error.map(convert::diagnostic);
                let out_of_memory = side.memory_refused()
                    && run.error.as_ref().is_some_and(|error| error.class == "MemoryError");
                run.verdict = match (&run.error, outcome.exit_code) {
                    _ if out_of_memory => Verdict::OutOfMemory,
                    (Some(_), _) if outcome.phase == "compile" => Verdict::CompileError,
                    (Some(_), _) => Verdict::RuntimeError,
                    (None, 0) => Verdict::Passed,
                    (None, _) => Verdict::RuntimeError,
                };
                run.message = match &run.error {
                    Some(error) => format!("{}: {}", error.class, error.message),
                    None if outcome.exit_code != 0 => format!("exit code {}", outcome.exit_code),
                    None => String::new(),
                };
            }
            (Err(_), Some(ending)) => {
                run.exit_code = ending.exit_code;
                // A program may leave by its process's exit: only the code says how it went.
                let left = ending.exit_code == Some(0);
                run.verdict = if left { Verdict::Passed } else { ending.verdict };
                run.message = if left { String::new() } else { ending.message };
            }
            (Err(error), None) => return Err(LanguageError(error)),
        }
        Ok(run)
    }

    /// Opens a program and calls one of its functions with each of the arguments, each a plain-data
    /// pair of positional list and keyword dict, in order, as far as it gets.
    ///
    /// # Errors
    /// Where no instance can be had.
    pub fn calls(
        &self,
        source: &str,
        function: &str,
        arguments: &[Vec<u8>],
        limits: &Limits,
    ) -> Opened<CallsRun> {
        ample(|| self.calls_here(source, function, arguments, limits))
    }

    fn calls_here(
        &self,
        source: &str,
        function: &str,
        arguments: &[Vec<u8>],
        limits: &Limits,
    ) -> Opened<CallsRun> {
        let operation = Operation::Call(function.to_owned());
        let mut candidate = match self.open(source, limits)? {
            Ok(candidate) => candidate,
            Err((error, fuel)) => return Ok((Err(error), fuel)),
        };
        let refused = candidate.side().memory_refused();
        let (results, ended) = match candidate.perform_all(&operation, arguments) {
            Ok(replies) => (replies, None),
            // The crossing was lost with all it held: ask again, one at a time.
            Err(_) => {
                candidate = match self.open(source, limits)? {
                    Ok(candidate) => candidate,
                    Err((error, fuel)) => return Ok((Err(error), fuel)),
                };
                one_by_one(&mut candidate, &operation, arguments)
            }
        };
        let refused = refused || candidate.side().memory_refused();
        let fuel = limits.fuel - candidate.fuel();
        let results = results.into_iter().map(|done| plain(done, refused)).collect();
        Ok((Ok(CallsRun { results, ended, fuel }), fuel))
    }

    /// Opens a program and runs a test program against it, in two instances.
    ///
    /// # Errors
    /// Where no instance can be had.
    pub fn harness(&self, source: &str, harness: &Harness, limits: &Limits) -> Opened<HarnessRun> {
        ample(|| self.harness_here(source, harness, limits))
    }

    fn harness_here(&self, source: &str, harness: &Harness, limits: &Limits) -> Opened<HarnessRun> {
        let candidate = match self.open(source, limits)? {
            Ok(candidate) => candidate,
            Err((error, fuel)) => return Ok((Err(error), fuel)),
        };
        let test_limits = Limits { fuel: limits.test_fuel, ..limits.clone() };
        let (mut store, guest) = self.instance(&test_limits, &[])?;
        store.data_mut().candidate = Some(Box::new(candidate));
        let request = Request {
            tests: harness.tests.clone(),
            shared: harness.shared.clone(),
            reference: harness.reference.clone(),
            remote: harness.remote.clone(),
            entry: harness.entry.clone(),
        };
        let result = guest.falcon_language_harness().call_run(&mut store, &request);
        let test_ending = result.as_ref().err().map(|error| ending::of(error, store.data()));
        let test_fuel = limits.test_fuel - store.get_fuel().unwrap_or(0);
        let Some(candidate) = store.data_mut().candidate.take() else {
            return Err(LanguageError(wasmtime::Error::msg("the candidate is gone")));
        };
        let fuel = limits.fuel - candidate.fuel();
        let refused = candidate.side().memory_refused();
        let mut outcomes: Vec<_> =
            result.unwrap_or_default().into_iter().map(convert::outcome).collect();
        outcomes.iter_mut().for_each(|outcome| own_memory_errors(outcome, refused));
        let ended = candidate.ended.clone().or(test_ending.map(test_side));
        Ok((Ok(HarnessRun { outcomes, ended, fuel, test_fuel }), fuel))
    }

    #[allow(clippy::type_complexity, reason = "used by the two callers above only")]
    fn open(
        &self,
        source: &str,
        limits: &Limits,
    ) -> Result<Result<Candidate, (OpenError, u64)>, LanguageError> {
        let (store, guest) = self.instance(limits, &[])?;
        let mut candidate = Candidate::new(store, guest);
        let error = match candidate.open(source) {
            Ok(Ok(_)) => return Ok(Ok(candidate)),
            Ok(Err(Failure::Compile(found))) => {
                OpenError::Compile(found.into_iter().map(convert::diagnostic).collect())
            }
            Ok(Err(Failure::Raised(raised))) => {
                OpenError::Raised(exception(raised, candidate.side().memory_refused()))
            }
            Err(ending) => OpenError::Ended(ending),
        };
        Ok(Err((error, limits.fuel - candidate.fuel())))
    }

    fn instance(
        &self,
        limits: &Limits,
        stdin: &[u8],
    ) -> Result<(Store<Side>, bindings::LanguagePack), LanguageError> {
        let mut store = Side::store(&self.engine, limits, stdin).map_err(LanguageError)?;
        let guest = self.pre.instantiate(&mut store).map_err(LanguageError)?;
        Ok((store, guest))
    }
}

/// Runs where instances may run.
fn ample<T: Send>(
    run: impl FnOnce() -> Result<T, LanguageError> + Send,
) -> Result<T, LanguageError> {
    stack::ample(run).unwrap_or_else(|error| Err(LanguageError(error.into())))
}

fn one_by_one(
    candidate: &mut Candidate,
    operation: &Operation,
    arguments: &[Vec<u8>],
) -> (Vec<Result<Reply, Raised>>, Option<Ending>) {
    let mut results = Vec::new();
    for one in arguments {
        match candidate.perform(operation, one) {
            Ok(done) => results.push(done),
            Err(ending) => return (results, Some(ending)),
        }
    }
    (results, None)
}

/// The test program is trusted, so its end is what the program's answers did to it.
fn test_side(ending: Ending) -> Ending {
    let message = match ending.verdict {
        Verdict::OutOfFuel | Verdict::OutOfMemory | Verdict::OutputLimit => {
            format!("on the test side, with what the program returned: {}", ending.message)
        }
        _ => format!("the test program ended: {}", ending.message),
    };
    let verdict = match ending.verdict {
        Verdict::OutOfFuel | Verdict::OutOfMemory | Verdict::OutputLimit => ending.verdict,
        _ => Verdict::Infrastructure,
    };
    Ending { verdict, message, exit_code: None }
}

/// A `MemoryError` after memory was refused is the program's limit and not its own doing.
fn own_memory_errors(outcome: &mut TestOutcome, refused: bool) {
    let raised = outcome.verdict == Verdict::RuntimeError
        && outcome.at.as_ref().is_some_and(|at| at.class == "MemoryError");
    if refused && raised {
        outcome.verdict = Verdict::OutOfMemory;
        outcome.message = "the program asked for more than its memory".to_owned();
    }
}

fn plain(done: Result<Reply, Raised>, refused: bool) -> Result<Value, Exception> {
    match done {
        Ok(reply) => decode(&reply.value).map_err(|error| Exception {
            types: vec!["TypeError".to_owned()],
            message: error.to_string(),
            at: None,
            not_plain: true,
            out_of_memory: false,
        }),
        Err(raised) => Err(exception(raised, refused)),
    }
}

fn exception(raised: Raised, refused: bool) -> Exception {
    Exception {
        out_of_memory: refused && raised.types.iter().any(|name| name == "MemoryError"),
        types: raised.types,
        message: raised.message,
        at: raised.at.map(convert::diagnostic),
        not_plain: raised.not_plain,
    }
}

/// The plain-data pair of a call with positional arguments only.
#[must_use]
pub fn arguments(positional: &[Value]) -> Vec<u8> {
    encode(&Value::Tuple(vec![Value::List(positional.to_vec()), Value::Dict(Vec::new())]))
}
