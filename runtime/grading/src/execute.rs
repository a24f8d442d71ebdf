//! Program and tests to outcomes. Nothing here knows of rewards.

use falcon_episode::{
    Call, Cancel, Diagnostic, Harness, MAX_BYTES, Severity, Stdio, Submission, TestOutcome, Tests,
    Value, Verdict,
};
use falcon_host::language::{
    self, Ending, Exception, LanguageError, LanguagePack, Limits, OpenError, Within,
};

use crate::{compare::difference, execution::Execution, show::show};

/// Longest value shown in a message, in bytes.
const SHOWN: usize = 240;

/// Runs a submission's program against its tests.
///
/// # Errors
/// Where the sandbox itself fails. What the program does is never an error.
pub fn execute(
    pack: &LanguagePack,
    submission: &Submission,
    limits: &Limits,
) -> Result<Execution, LanguageError> {
    execute_until(pack, submission, limits, &Cancel::never())
}

/// The same, until the request is taken back: then an error, or the outcome of what was cut off, which is none of the
/// program's.
pub(crate) fn execute_until(
    pack: &LanguagePack,
    submission: &Submission,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<Execution, LanguageError> {
    let within = Within {
        limits,
        files: &submission.files,
        cancel,
    };
    let program = &submission.program;
    if program.len() > MAX_BYTES {
        let message = format!("the program is longer than {MAX_BYTES} bytes");
        return Ok(of_all(
            &submission.tests,
            Verdict::CompileError,
            &message,
            Vec::new(),
            0,
        ));
    }
    match &submission.tests {
        Tests::Calls { function, calls } => {
            run_calls(pack, program, function, calls, submission, within)
        }
        Tests::Harness(harness) => run_harness(pack, program, harness, submission, within),
        Tests::Stdio(runs) => run_stdio(pack, program, runs, within),
    }
}

fn run_calls(
    pack: &LanguagePack,
    program: &str,
    function: &str,
    calls: &[Call],
    submission: &Submission,
    within: Within<'_>,
) -> Result<Execution, LanguageError> {
    let arguments: Vec<_> = calls
        .iter()
        .map(|call| language::arguments(&call.arguments))
        .collect();
    let judge = |at: usize, result: Result<Value, Exception>| {
        let call = &calls[at];
        let name = call_name(function, &call.arguments);
        match result {
            Ok(value) => compared(name, &value, &call.expected),
            Err(exception) => raised(name, &exception),
        }
    };
    let run = match pack.calls(program, function, &arguments, within, judge)? {
        (Ok(run), _) => run,
        (Err(error), fuel) => return Ok(unopened(&submission.tests, error, fuel)),
    };
    let mut tests = run.results;
    for call in &calls[tests.len()..] {
        let name = call_name(function, &call.arguments);
        tests.push(match &run.ended {
            Some(ending) => ended(name, ending),
            None => outcome(name, Verdict::Infrastructure, "the call has no result"),
        });
    }
    Ok(concluded(tests, run.ended, run.fuel, run.instances))
}

fn run_harness(
    pack: &LanguagePack,
    program: &str,
    harness: &Harness,
    submission: &Submission,
    within: Within<'_>,
) -> Result<Execution, LanguageError> {
    let run = match pack.harness(program, harness, within)? {
        (Ok(run), _) => run,
        (Err(error), fuel) => return Ok(unopened(&submission.tests, error, fuel)),
    };
    let mut tests = run.outcomes;
    if let Some(ending) = &run.ended {
        // The host's own record of the end stands above what the test side made of it.
        if tests.iter().all(|test| test.verdict == Verdict::Passed) {
            tests.push(ended("tests".to_owned(), ending));
        }
    } else if tests.is_empty() {
        tests.push(outcome(
            "tests".to_owned(),
            Verdict::Infrastructure,
            "the tests said nothing",
        ));
    }
    Ok(concluded(tests, run.ended, run.fuel, 2))
}

fn run_stdio(
    pack: &LanguagePack,
    program: &str,
    runs: &[Stdio],
    within: Within<'_>,
) -> Result<Execution, LanguageError> {
    let mut tests = Vec::new();
    let mut diagnostics = Vec::new();
    let mut fuel = 0;
    for (number, stdio) in (1..).zip(runs) {
        if within.cancel.is_cancelled() {
            let name = format!("run {number}");
            tests.push(outcome(name, Verdict::Infrastructure, "cancelled"));
            continue;
        }
        let run = pack.run_program(program, &[], stdio.input.as_bytes(), within)?;
        fuel += run.fuel;
        diagnostics.extend(run.error.clone().filter(|_| diagnostics.is_empty()));
        let mut test = outcome(format!("run {number}"), run.verdict, &run.message);
        if run.verdict == Verdict::Passed {
            if let Some(differs) = difference(&run.stdout, stdio) {
                test.verdict = Verdict::Failed;
                test.message = differs;
            }
            test.got = Some(shortened(&String::from_utf8_lossy(&run.stdout)));
        }
        test.at = run.error;
        tests.push(test);
    }
    let count = tests.len() as u64;
    let mut execution = concluded(tests, None, fuel, count);
    execution.diagnostics = diagnostics;
    Ok(execution)
}

pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn call_name(function: &str, arguments: &[Value]) -> String {
    let shown: Vec<_> = arguments.iter().map(|value| show(value, SHOWN)).collect();
    shortened(&format!("{function}({})", shown.join(", ")))
}

fn compared(name: String, value: &Value, expected: &Value) -> TestOutcome {
    if let Some(kind) = foreign(value) {
        let message = format!("returned a value of type {kind}, which is not plain data");
        return outcome(name, Verdict::Failed, &message);
    }
    let got = show(value, SHOWN);
    if value == expected {
        TestOutcome {
            got: Some(got),
            ..outcome(name, Verdict::Passed, "")
        }
    } else {
        let message = format!("got {got}, expected {}", show(expected, SHOWN));
        TestOutcome {
            got: Some(got),
            ..outcome(name, Verdict::Failed, &message)
        }
    }
}

/// The type of the first object in a value that did not cross as data.
fn foreign(value: &Value) -> Option<String> {
    match value {
        Value::Handle(_) => Some("object".to_owned()),
        Value::Known(name, content) => match (name.as_str(), &**content) {
            ("object", Value::Tuple(parts)) => match parts.get(1) {
                Some(Value::Str(kind)) => Some(String::from_utf8_lossy(kind).into_owned()),
                _ => Some("object".to_owned()),
            },
            ("iterator", _) => Some("iterator".to_owned()),
            (_, content) => foreign(content),
        },
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
            items.iter().find_map(foreign)
        }
        Value::Dict(pairs) => pairs
            .iter()
            .find_map(|(key, value)| foreign(key).or_else(|| foreign(value))),
        _ => None,
    }
}

fn raised(name: String, exception: &Exception) -> TestOutcome {
    let kind = exception
        .types
        .first()
        .map_or("an exception", String::as_str);
    let (verdict, message) = if exception.not_plain {
        (
            Verdict::Failed,
            format!("{}, which is not plain data", exception.message),
        )
    } else if exception.out_of_memory {
        (
            Verdict::OutOfMemory,
            "the program asked for more than its memory".to_owned(),
        )
    } else {
        (
            Verdict::RuntimeError,
            format!("the program raised {kind}: {}", exception.message),
        )
    };
    TestOutcome {
        at: exception.at.clone(),
        ..outcome(name, verdict, &message)
    }
}

fn ended(name: String, ending: &Ending) -> TestOutcome {
    outcome(name, ending.verdict, &ending.message)
}

fn outcome(name: String, verdict: Verdict, message: &str) -> TestOutcome {
    TestOutcome {
        name,
        verdict,
        message: message.to_owned(),
        at: None,
        got: None,
    }
}

fn concluded(
    tests: Vec<TestOutcome>,
    ended: Option<Ending>,
    fuel: u64,
    instances: u64,
) -> Execution {
    let first = tests.iter().find(|test| test.verdict != Verdict::Passed);
    let verdict = match (&ended, first) {
        (Some(ending), _) => ending.verdict,
        (None, Some(test)) => test.verdict,
        (None, None) => Verdict::Passed,
    };
    let in_program = |test: &&TestOutcome| test.verdict == Verdict::RuntimeError;
    let diagnostics = tests
        .iter()
        .find(in_program)
        .and_then(|test| test.at.clone());
    Execution {
        verdict,
        diagnostics: diagnostics.into_iter().collect(),
        tests,
        fuel,
        instances,
    }
}

/// Every test of a program that could not be opened.
fn unopened(tests: &Tests, error: OpenError, fuel: u64) -> Execution {
    match error {
        OpenError::Compile(found) => {
            let first = found.iter().find(|one| one.severity == Severity::Error);
            let message = first.map_or_else(
                || "the program does not compile".to_owned(),
                |one| format!("line {}: {}: {}", one.line, one.class, one.message),
            );
            of_all(tests, Verdict::CompileError, &message, found, fuel)
        }
        OpenError::Raised(exception) => {
            let kind = exception
                .types
                .first()
                .map_or("an exception", String::as_str);
            let message = format!(
                "the program's top level raised {kind}: {}",
                exception.message
            );
            let verdict = if exception.out_of_memory {
                Verdict::OutOfMemory
            } else {
                Verdict::RuntimeError
            };
            of_all(
                tests,
                verdict,
                &message,
                exception.at.into_iter().collect(),
                fuel,
            )
        }
        OpenError::Ended(ending) => {
            of_all(tests, ending.verdict, &ending.message, Vec::new(), fuel)
        }
    }
}

fn of_all(
    tests: &Tests,
    verdict: Verdict,
    message: &str,
    diagnostics: Vec<Diagnostic>,
    fuel: u64,
) -> Execution {
    let at = diagnostics.first().cloned();
    let one = |name: String| TestOutcome {
        at: at.clone(),
        ..outcome(name, verdict, message)
    };
    let tests = match tests {
        Tests::Calls { function, calls } => calls
            .iter()
            .map(|call| one(call_name(function, &call.arguments)))
            .collect(),
        Tests::Harness(_) => vec![one("tests".to_owned())],
        Tests::Stdio(runs) => (1..=runs.len()).map(|n| one(format!("run {n}"))).collect(),
    };
    Execution {
        verdict,
        tests,
        diagnostics,
        fuel,
        instances: 1,
    }
}
