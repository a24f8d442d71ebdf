//! Packs that run programs themselves: the interpreter is in the pack.

use falcon_episode::{Diagnostic, Harness, Value, Verdict};
use wasmtime::{Engine, Store, component::Component};

use super::{
    CallsRun, Description, Ending, Exception, HarnessRun, LanguageError, Limits, OpenError, Opened,
    ProgramRun, Within,
    bindings::{
        self, LanguagePackPre,
        exports::falcon::language::{harness::Request, session::Failure},
        falcon::language::exchange::Operation,
    },
    candidate::Candidate,
    convert, ending,
    outcome::{exception, own_memory_errors, plain, test_side},
    side::{self, Side},
    work::paid,
};

/// An interpreted language, ready to make instances.
pub(super) struct Interpreted {
    engine: Engine,
    pre: LanguagePackPre<Side>,
}

impl Interpreted {
    /// Prepares a component for instantiation.
    ///
    /// # Errors
    /// Where the component is not a language pack of this track.
    pub(super) fn new(engine: &Engine, component: &Component) -> Result<Self, LanguageError> {
        let linker = side::linker(engine).map_err(LanguageError)?;
        let pre = linker
            .instantiate_pre(component)
            .and_then(LanguagePackPre::new);
        Ok(Self {
            engine: engine.clone(),
            pre: pre.map_err(LanguageError)?,
        })
    }

    pub(super) fn describe(&self) -> Result<Description, LanguageError> {
        let (mut store, guest) = self.instance((&Limits::default()).into(), &[])?;
        let told = guest
            .falcon_language_pack()
            .call_describe(&mut store)
            .map_err(LanguageError)?;
        Ok(Description {
            language: told.language,
            version: told.version,
            extensions: told.extensions,
            details: told.details,
        })
    }

    pub(super) fn check(
        &self,
        source: &str,
        limits: &Limits,
    ) -> Result<Result<Vec<Diagnostic>, Ending>, LanguageError> {
        let (mut store, guest) = self.instance(limits.into(), &[])?;
        let found = guest.falcon_language_pack().call_check(&mut store, source);
        Ok(match paid(&mut store, found) {
            Ok(found) => Ok(convert::diagnostics(found)),
            Err(error) => Err(ending::of(&error, store.data())),
        })
    }

    pub(super) fn run_program(
        &self,
        source: &str,
        args: &[String],
        stdin: &[u8],
        within: Within<'_>,
    ) -> Result<ProgramRun, LanguageError> {
        let (mut store, guest) = self.instance(within, stdin)?;
        let result = guest
            .falcon_language_program()
            .call_run(&mut store, source, args);
        let result = paid(&mut store, result);
        let ending = result
            .as_ref()
            .err()
            .map(|error| ending::of(error, store.data()));
        let side = store.data();
        let mut run = ProgramRun {
            verdict: Verdict::Passed,
            message: String::new(),
            stdout: side.stdout.kept(),
            stderr: side.stderr.kept(),
            exit_code: None,
            error: None,
            fuel: within.limits.fuel - store.get_fuel().unwrap_or(0),
        };
        match (result, ending) {
            (Ok(outcome), _) => {
                run.exit_code = Some(outcome.exit_code);
                run.error = outcome.error.map(convert::diagnostic);
                let out_of_memory = side.memory_refused()
                    && run
                        .error
                        .as_ref()
                        .is_some_and(|error| error.class == "MemoryError");
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
                run.verdict = if left {
                    Verdict::Passed
                } else {
                    ending.verdict
                };
                run.message = if left { String::new() } else { ending.message };
            }
            (Err(error), None) => return Err(LanguageError(error)),
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
        let operation = Operation::Call(function.to_owned());
        let mut candidate = match self.open(source, within)? {
            Ok(candidate) => candidate,
            Err((error, fuel)) => return Ok((Err(error), fuel)),
        };
        let refused = candidate.side().memory_refused();
        let mut instances = 1;
        let (results, ended) = match candidate.perform_all(&operation, arguments) {
            Ok(replies) => {
                let refused = refused || candidate.side().memory_refused();
                let told = |(at, done)| each(at, plain(done, refused));
                (replies.into_iter().enumerate().map(told).collect(), None)
            }
            Err(ending) if ending.verdict == Verdict::Forbidden => (Vec::new(), Some(ending)),
            // The crossing was lost with all it held: ask again, one at a time.
            Err(_) => {
                candidate = match self.open(source, within)? {
                    Ok(candidate) => candidate,
                    Err((error, fuel)) => return Ok((Err(error), fuel)),
                };
                instances += 1;
                one_by_one(&mut candidate, &operation, arguments, &mut each)
            }
        };
        let fuel = within.limits.fuel - candidate.fuel();
        let run = CallsRun {
            results,
            ended,
            fuel,
            instances,
        };
        Ok((Ok(run), fuel))
    }

    pub(super) fn harness(
        &self,
        source: &str,
        harness: &Harness,
        within: Within<'_>,
    ) -> Opened<HarnessRun> {
        let candidate = match self.open(source, within)? {
            Ok(candidate) => candidate,
            Err((error, fuel)) => return Ok((Err(error), fuel)),
        };
        let test_limits = Limits {
            fuel: within.limits.test_fuel,
            ..within.limits.clone()
        };
        let test_within = Within {
            limits: &test_limits,
            ..within
        };
        let (mut store, guest) = self.instance(test_within, &[])?;
        store.data_mut().candidate = Some(Box::new(candidate));
        let request = Request {
            tests: harness.tests.clone(),
            shared: harness.shared.clone(),
            reference: harness.reference.clone(),
            remote: harness.remote.clone(),
            entry: harness.entry.clone(),
        };
        let result = guest
            .falcon_language_harness()
            .call_run(&mut store, &request);
        let result = paid(&mut store, result);
        let test_ending = result
            .as_ref()
            .err()
            .map(|error| ending::of(error, store.data()));
        let test_fuel = within.limits.test_fuel - store.get_fuel().unwrap_or(0);
        let Some(candidate) = store.data_mut().candidate.take() else {
            return Err(LanguageError(wasmtime::Error::msg("the candidate is gone")));
        };
        let fuel = within.limits.fuel - candidate.fuel();
        let refused = candidate.side().memory_refused();
        let mut outcomes: Vec<_> = result
            .unwrap_or_default()
            .into_iter()
            .map(convert::outcome)
            .collect();
        outcomes
            .iter_mut()
            .for_each(|outcome| own_memory_errors(outcome, refused));
        let test_ended = test_ending.map(|ending| test_side(ending, candidate.answered));
        let ended = candidate.ended.clone().or(test_ended);
        Ok((
            Ok(HarnessRun {
                outcomes,
                ended,
                fuel,
                test_fuel,
            }),
            fuel,
        ))
    }

    #[allow(clippy::type_complexity, reason = "used by the two callers above only")]
    fn open(
        &self,
        source: &str,
        within: Within<'_>,
    ) -> Result<Result<Candidate, (OpenError, u64)>, LanguageError> {
        let (store, guest) = self.instance(within, &[])?;
        let mut candidate = Candidate::new(store, guest);
        let error = match candidate.open(source) {
            Ok(Ok(_)) => return Ok(Ok(candidate)),
            Ok(Err(Failure::Compile(found))) => OpenError::Compile(convert::diagnostics(found)),
            Ok(Err(Failure::Raised(raised))) => {
                OpenError::Raised(exception(raised, candidate.side().memory_refused()))
            }
            Err(ending) => OpenError::Ended(ending),
        };
        Ok(Err((error, within.limits.fuel - candidate.fuel())))
    }

    fn instance(
        &self,
        within: Within<'_>,
        stdin: &[u8],
    ) -> Result<(Store<Side>, bindings::LanguagePack), LanguageError> {
        let mut store = Side::store(&self.engine, within, stdin).map_err(LanguageError)?;
        let guest = self.pre.instantiate(&mut store).map_err(LanguageError)?;
        Ok((store, guest))
    }
}

fn one_by_one<T>(
    candidate: &mut Candidate,
    operation: &Operation,
    arguments: &[Vec<u8>],
    each: &mut impl FnMut(usize, Result<Value, Exception>) -> T,
) -> (Vec<T>, Option<Ending>) {
    let mut results = Vec::new();
    for (at, one) in arguments.iter().enumerate() {
        match candidate.perform(operation, one) {
            Ok(done) => results.push(each(at, plain(done, candidate.side().memory_refused()))),
            Err(ending) => return (results, Some(ending)),
        }
    }
    (results, None)
}
