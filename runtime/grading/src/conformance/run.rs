//! One case, run.

use falcon_episode::{Call, Cancel, Diagnostic, Harness, Severity, Submission, Tests, Verdict};
use falcon_host::language::{LanguageError, LanguagePack, Limits, Within};

use super::case::{Case, Kind, Place};
use crate::execute;

/// What came of a program.
struct Came {
    verdict: Verdict,
    /// The first message that says why it did not pass.
    message: String,
    at: Option<Diagnostic>,
    /// What else was not as the case says.
    differs: Vec<String>,
}

/// How a case was not as it says; nothing where it was.
pub(super) fn differences(pack: &LanguagePack, case: &Case) -> Result<Vec<String>, LanguageError> {
    let limits = limits(case);
    let came = match case.kind {
        Kind::Check => check(pack, case, &limits)?,
        Kind::Run => run(pack, case, &limits)?,
        Kind::Calls | Kind::Harness => tests(pack, case, &limits)?,
    };
    let mut differs = came.differs;
    if came.verdict != case.verdict {
        differs.push(format!(
            "the verdict is {} ({}), and should be {}",
            came.verdict, came.message, case.verdict
        ));
    }
    if let Some(because) = &case.because
        && !came.message.contains(because)
    {
        differs.push(format!(
            "the message is {:?}, and should have {because:?}",
            came.message
        ));
    }
    if let Some(place) = &case.at
        && !is_at(came.at.as_ref(), place)
    {
        differs.push(format!(
            "the place is {:?}, and should be {place:?}",
            came.at
        ));
    }
    Ok(differs)
}

fn limits(case: &Case) -> Limits {
    let usual = Limits::default();
    Limits {
        fuel: case.fuel.unwrap_or(usual.fuel),
        test_fuel: case.fuel.unwrap_or(usual.test_fuel),
        memory: case.memory.unwrap_or(usual.memory),
        output: case.output.unwrap_or(usual.output),
        ..usual
    }
}

fn is_at(found: Option<&Diagnostic>, wanted: &Place) -> bool {
    found.is_some_and(|found| {
        found.line == wanted.line
            && wanted.column.is_none_or(|column| found.column == column)
            && wanted
                .class
                .as_ref()
                .is_none_or(|class| found.class == *class)
    })
}

fn check(pack: &LanguagePack, case: &Case, limits: &Limits) -> Result<Came, LanguageError> {
    Ok(match pack.check(&case.program, limits)? {
        Ok(found) => {
            let error = found
                .into_iter()
                .find(|one| one.severity == Severity::Error);
            Came {
                verdict: if error.is_some() {
                    Verdict::CompileError
                } else {
                    Verdict::Passed
                },
                message: error
                    .as_ref()
                    .map_or_else(String::new, |one| one.message.clone()),
                at: error,
                differs: Vec::new(),
            }
        }
        Err(ending) => Came {
            verdict: ending.verdict,
            message: ending.message,
            at: None,
            differs: Vec::new(),
        },
    })
}

fn run(pack: &LanguagePack, case: &Case, limits: &Limits) -> Result<Came, LanguageError> {
    let within = Within {
        limits,
        files: &case.files,
        cancel: &Cancel::never(),
    };
    let run = pack.run_program(&case.program, &case.args, case.stdin.as_bytes(), within)?;
    let mut differs = Vec::new();
    if let Some(wanted) = &case.stdout
        && run.stdout != wanted.as_bytes()
    {
        let got = String::from_utf8_lossy(&run.stdout);
        differs.push(format!("it wrote {got:?}, and should write {wanted:?}"));
    }
    if case.exit_code.is_some() && run.exit_code != case.exit_code {
        differs.push(format!(
            "the exit code is {:?}, and should be {:?}",
            run.exit_code, case.exit_code
        ));
    }
    Ok(Came {
        verdict: run.verdict,
        message: run.message,
        at: run.error,
        differs,
    })
}

fn tests(pack: &LanguagePack, case: &Case, limits: &Limits) -> Result<Came, LanguageError> {
    let tests = if case.kind == Kind::Calls {
        let call = |call: &super::case::CaseCall| Call {
            arguments: call.arguments.iter().map(|one| one.0.clone()).collect(),
            expected: call.expected.0.clone(),
        };
        Tests::Calls {
            function: case.function.clone(),
            calls: case.calls.iter().map(call).collect(),
        }
    } else {
        Tests::Harness(Harness {
            tests: case.tests.clone(),
            shared: case.shared.clone(),
            reference: case.reference.clone(),
            remote: case.remote.clone(),
            entry: case.entry.clone(),
        })
    };
    let submission = Submission {
        task_id: case.name.clone(),
        split: String::new(),
        language: String::new(),
        prompt: String::new(),
        program: case.program.clone(),
        reference: None,
        attempt: 1,
        cheapest_fuel: None,
        tests,
        files: case.files.clone(),
    };
    let execution = execute(pack, &submission, limits)?;
    let first = execution
        .tests
        .iter()
        .find(|test| test.verdict != Verdict::Passed);
    Ok(Came {
        verdict: execution.verdict,
        message: first.map_or_else(String::new, |test| test.message.clone()),
        at: execution
            .diagnostics
            .first()
            .cloned()
            .or_else(|| first.and_then(|test| test.at.clone())),
        differs: Vec::new(),
    })
}
