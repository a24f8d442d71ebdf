//! Packs of compiled languages: the pack makes a core module of a program, and the host runs it.
//!
//! ```text
//! program ──► pack (component) ──► tools (core modules, in fresh instances) ──► module ──► instance
//! ```
//!
//! Program and tests are compiled apart and run in two instances. A module that comes out of a stranger's
//! program is believed nothing: its imports are checked by name and type, its sizes are bounded before it
//! is compiled, and it gets the same limits as any program.

mod build;
mod cache;
mod core;
mod descriptors;
mod exchange;
mod made;
mod paths;
mod prepared;
mod preview1;
mod program;
mod refused;
mod streams;
mod told;
mod tools;

use std::sync::Arc;

use falcon_episode::{Cancel, Diagnostic, Harness, Severity, TestOutcome, Tests, Value, Verdict};
use wasmtime::{Engine, component::Component};

use super::{
    CallsRun, Description, Ending, Exception, HarnessRun, LanguageError, Limits, OpenError, Opened,
    ProgramRun, Within,
    bindings::falcon::language::exchange::Operation,
    outcome::{exception, own_memory_errors, plain, test_side},
};
use build::{Builder, Built, Wanted};
pub use prepared::Prepared;
use program::{Candidate, Program};
use refused::{refused, tests_refused};
pub(super) use tools::Tools;

use crate::{Plugin, payload::Payload};

/// A compiled language, ready to make instances.
pub(super) struct Compiled {
    engine: Engine,
    builder: Builder,
}

/// That a component is a pack that compiles, of this track.
pub(super) fn fits(engine: &Engine, component: &Component) -> Result<(), LanguageError> {
    build::link(engine, component).map(drop)
}

impl Compiled {
    /// The pack of this plugin.
    pub(super) fn new(plugin: &Plugin, payload: &Payload) -> Result<Self, LanguageError> {
        let engine = plugin.engine().wasmtime();
        Ok(Self {
            engine: engine.clone(),
            builder: Builder::new(engine, plugin.component(), payload)?,
        })
    }

    /// What building these will take that is the same for many programs, made here or taken from where it is kept.
    pub(super) fn prepare(
        &self,
        source: &str,
        tests: Option<&Tests>,
        cancel: &Cancel,
    ) -> Result<Vec<Prepared>, LanguageError> {
        let wanted = match tests {
            Some(Tests::Harness(harness)) => vec![
                Wanted::candidate(source, &harness.shared, harness.remote.clone()),
                Wanted::tests(harness),
            ],
            Some(Tests::Calls { function, .. }) => {
                vec![Wanted::candidate(source, "", vec![function.clone()])]
            }
            Some(Tests::Stdio(_)) | None => vec![Wanted::program(source)],
        };
        let mut prepared = Vec::new();
        for one in &wanted {
            prepared.extend(self.builder.prepare(one, cancel)?);
        }
        Ok(prepared)
    }

    pub(super) fn take(&self, prepared: Vec<Prepared>) {
        self.builder.toolbox().take(prepared);
    }

    pub(super) fn forget(&self) {
        self.builder.toolbox().forget();
    }

    pub(super) fn seal(&self) {
        self.builder.toolbox().seal();
    }

    pub(super) fn describe(&self) -> Result<Description, LanguageError> {
        self.builder.describe()
    }

    pub(super) fn check(
        &self,
        source: &str,
    ) -> Result<Result<Vec<Diagnostic>, Ending>, LanguageError> {
        self.builder.check(source)
    }

    pub(super) fn run_program(
        &self,
        source: &str,
        args: &[String],
        stdin: &[u8],
        within: Within<'_>,
    ) -> Result<ProgramRun, LanguageError> {
        let mut run = ProgramRun {
            verdict: Verdict::Passed,
            message: String::new(),
            stdout: Vec::new(),
            stderr: Vec::new(),
            exit_code: None,
            error: None,
            fuel: 0,
        };
        let built = self
            .builder
            .build(&Wanted::program(source), within.cancel)?;
        let built = match built {
            Ok(built) => built,
            Err(rejected) => {
                let (verdict, message, found) = refused(rejected);
                let errors = found
                    .into_iter()
                    .find(|one| one.severity == Severity::Error);
                run.exit_code = Some(1);
                (run.verdict, run.message, run.error) = (verdict, message, errors);
                return Ok(run);
            }
        };
        let arguments = std::iter::once("program".to_owned()).chain(args.iter().cloned());
        let program = Program::new(&self.engine, &built.pre, within, arguments.collect(), stdin)?;
        let mut program = match program {
            Ok(program) => program,
            Err(ending) => {
                (run.verdict, run.message) = (ending.verdict, ending.message);
                return Ok(run);
            }
        };
        let done = program.call("_start", None);
        run.fuel = program.used();
        let place = program.place();
        let core = program.store.data_mut();
        run.stdout = std::mem::take(&mut core.stdout.bytes);
        run.stderr = std::mem::take(&mut core.stderr.bytes);
        match done {
            Ok(()) => run.exit_code = Some(0),
            Err(Ending {
                exit_code: Some(0), ..
            }) => run.exit_code = Some(0),
            Err(Ending {
                exit_code: Some(code),
                ..
            }) => {
                run.exit_code = Some(code);
                run.verdict = Verdict::RuntimeError;
                run.message = format!("exit code {code}");
            }
            Err(ending) => {
                (run.verdict, run.message) = (ending.verdict, ending.message);
                run.error = place.filter(|_| run.verdict == Verdict::RuntimeError);
            }
        }
        Ok(run)
    }

    pub(super) fn calls<T>(
        &self,
        source: &str,
        function: &str,
        arguments: &[Vec<u8>],
        within: Within<'_>,
        mut each: impl FnMut(usize, Result<Value, Exception>) -> T,
    ) -> Opened<CallsRun<T>> {
        let wanted = Wanted::candidate(source, "", vec![function.to_owned()]);
        let mut candidate = match self.open(&wanted, within)? {
            Ok(candidate) => candidate,
            Err((error, fuel)) => return Ok((Err(error), fuel)),
        };
        let operation = Operation::Call(function.to_owned());
        let (mut results, mut ended) = (Vec::new(), None);
        for (at, one) in arguments.iter().enumerate() {
            let done = candidate.perform(&operation, one);
            let refused = candidate.program.store.data().memory.refused;
            match done {
                Ok(done) => results.push(each(at, plain(done, refused))),
                Err(ending) => {
                    // The program said what ended it: that call raised, and the rest have no result.
                    results.extend(fault(&candidate, &ending).map(|raised| each(at, Err(raised))));
                    ended = Some(ending);
                    break;
                }
            }
        }
        let fuel = candidate.program.used();
        let run = CallsRun {
            results,
            ended,
            fuel,
            instances: 1,
        };
        Ok((Ok(run), fuel))
    }

    pub(super) fn harness(
        &self,
        source: &str,
        harness: &Harness,
        within: Within<'_>,
    ) -> Opened<HarnessRun> {
        let names = harness.remote.clone();
        let wanted = Wanted::candidate(source, &harness.shared, names);
        let candidate = match self.open(&wanted, within)? {
            Ok(candidate) => candidate,
            Err((error, fuel)) => return Ok((Err(error), fuel)),
        };
        let tests = self.builder.build(&Wanted::tests(harness), within.cancel)?;
        let tests = match tests {
            Ok(built) => built,
            Err(rejected) => return Ok(tests_refused(rejected, &candidate)),
        };
        let test_limits = Limits {
            fuel: within.limits.test_fuel,
            ..within.limits.clone()
        };
        let test_within = Within {
            limits: &test_limits,
            ..within
        };
        let arguments = vec!["tests".to_owned()];
        let program = Program::new(&self.engine, &tests.pre, test_within, arguments, &[])?;
        let mut program = match program {
            Ok(program) => program,
            Err(ending) => {
                return Err(LanguageError::new(format!(
                    "the test side: {}",
                    ending.message
                )));
            }
        };
        program.store.data_mut().candidate = Some(Box::new(candidate));
        let done = program
            .call("_initialize", None)
            .and_then(|()| program.call("falcon_run", None));
        let (done, exited) = match done {
            // What `main` itself would have returned.
            Err(ending) if ending.exit_code == Some(0) => (Ok(()), true),
            done => (done, false),
        };
        let test_fuel = program.used();
        let core = program.store.data_mut();
        let Some(candidate) = core.candidate.take() else {
            return Err(LanguageError::new("the candidate is gone"));
        };
        let mut outcomes = std::mem::take(&mut core.checks);
        outcomes.extend(early(exited && outcomes.is_empty()));
        outcomes.extend(missed(core.not_plain.take(), &outcomes));
        let refused = candidate.program.store.data().memory.refused;
        outcomes
            .iter_mut()
            .for_each(|outcome| own_memory_errors(outcome, refused));
        let test_ended = done
            .err()
            .map(|ending| test_side(ending, candidate.answered));
        let fuel = candidate.program.used();
        let run = HarnessRun {
            outcomes,
            ended: candidate.ended.clone().or(test_ended),
            fuel,
            test_fuel,
        };
        Ok((Ok(run), fuel))
    }

    /// A program held open, or why not and the fuel that it used.
    #[allow(clippy::type_complexity, reason = "used by the two callers above only")]
    fn open(
        &self,
        wanted: &Wanted<'_>,
        within: Within<'_>,
    ) -> Result<Result<Candidate, (OpenError, u64)>, LanguageError> {
        let built: Arc<Built> = match self.builder.build(wanted, within.cancel)? {
            Ok(built) => built,
            Err(rejected) => {
                let (verdict, message, found) = refused(rejected);
                let error = match verdict {
                    Verdict::CompileError => OpenError::Compile(found),
                    verdict => OpenError::Ended(Ending {
                        verdict,
                        message,
                        exit_code: None,
                    }),
                };
                return Ok(Err((error, 0)));
            }
        };
        let arguments = vec!["program".to_owned()];
        let program = match Program::new(&self.engine, &built.pre, within, arguments, &[])? {
            Ok(program) => program,
            Err(ending) => return Ok(Err((OpenError::Ended(ending), 0))),
        };
        Ok(Candidate::open(program).map_err(|(program, ending)| {
            let told = program.store.data().fault.clone();
            let refused = program.store.data().memory.refused;
            let error = match told.filter(|_| ending.verdict == Verdict::RuntimeError) {
                Some(raised) => OpenError::Raised(exception(raised, refused)),
                None => OpenError::Ended(ending),
            };
            (error, program.used())
        }))
    }
}

/// A test program that ended itself, and not by way of the C library's `exit`, which tells of checks that were not done.
fn early(ended: bool) -> Option<TestOutcome> {
    ended.then(|| TestOutcome {
        name: "tests".to_owned(),
        verdict: Verdict::Failed,
        message: "the test program ended before any of its checks".to_owned(),
        at: None,
        got: None,
    })
}

/// What was no plain data fails the tests, whatever else the test program made of it.
fn missed(not_plain: Option<String>, outcomes: &[TestOutcome]) -> Option<TestOutcome> {
    let passed = outcomes
        .iter()
        .all(|outcome| outcome.verdict == Verdict::Passed);
    not_plain.filter(|_| passed).map(|message| TestOutcome {
        name: "tests".to_owned(),
        verdict: Verdict::Failed,
        message: format!("{message}, which is not plain data"),
        at: None,
        got: None,
    })
}

/// What a call raised that ended the program.
fn fault(candidate: &Candidate, ending: &Ending) -> Option<Exception> {
    let told = candidate.program.store.data().fault.clone();
    told.filter(|_| ending.verdict == Verdict::RuntimeError)
        .map(|raised| exception(raised, false))
}
