//! What a compiled program and its tests exchange with the host: the functions of the module `falcon`, which
//! `wit/language/v0.1/README.md` describes.

use falcon_episode::{Diagnostic, MAX_BYTES, Severity, TestOutcome, Value, Verdict, encode};
use falcon_package::core_module::{Offered, Signature};
use wasmtime::{Caller, Linker};

use super::{
    core::{Core, Refused, price},
    preview1::{Stop, with_memory},
    told::{self, Answer},
};
use crate::language::{
    bindings::falcon::{
        language::exchange::{Operation, Raised, Reply},
        types::types,
    },
    candidate::{checked, not_plain},
    convert,
};

const MODULE: &str = "falcon";

/// Most checks of one test program.
const CHECKS: usize = 100_000;

/// What every module may import.
pub(super) const FOR_ALL: &[Offered] = &[offer("fault", "iiii", "")];
/// What the candidate side may import beside it.
pub(super) const FOR_CANDIDATES: &[Offered] = &[offer("input", "i", ""), offer("output", "ii", "")];
/// What the test side may import beside it.
pub(super) const FOR_TESTS: &[Offered] = &[
    offer("input", "i", ""),
    offer("perform", "ii", "i"),
    offer("check", "ii", ""),
];

const fn offer(name: &'static str, parameters: &'static str, results: &'static str) -> Offered {
    let signature = Signature {
        parameters,
        results,
    };
    Offered {
        module: MODULE,
        name,
        signature,
    }
}

/// Gives the functions to what is linked. Who may import which is settled before.
pub(super) fn add(linker: &mut Linker<Core>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, "fault", fault)?;
    linker.func_wrap(MODULE, "input", |mut caller: Caller<'_, Core>, to: i32| {
        in_memory(&mut caller, |call| {
            let input = std::mem::take(&mut call.core.input);
            let size = i32::try_from(input.len()).unwrap_or(-1);
            call.core.owed += input.len() as u64 / 8;
            call.part(to, size)?.copy_from_slice(&input);
            Ok(())
        })
    })?;
    linker.func_wrap(
        MODULE,
        "output",
        |mut caller: Caller<'_, Core>, from: i32, size: i32| {
            let told = taken(&mut caller, from, size, 2 * MAX_BYTES)?;
            caller.data_mut().output = Some(told);
            Ok(())
        },
    )?;
    linker.func_wrap(MODULE, "perform", perform)?;
    linker.func_wrap(MODULE, "check", check)?;
    Ok(())
}

fn in_memory<T>(
    caller: &mut Caller<'_, Core>,
    body: impl FnOnce(&mut super::streams::Call<'_>) -> Result<T, Stop>,
) -> wasmtime::Result<T> {
    with_memory(caller, body)?.map_err(|stop| match stop {
        Stop::Errno(_) => wasmtime::Trap::MemoryOutOfBounds.into(),
        Stop::End(error) => error,
    })
}

/// Plain data that the instance tells, paid for as what is decoded.
fn taken(
    caller: &mut Caller<'_, Core>,
    from: i32,
    size: i32,
    most: usize,
) -> wasmtime::Result<Vec<u8>> {
    let told = in_memory(caller, |call| {
        let told = call.part(from, size)?;
        let told = (told.len() <= most).then(|| told.to_vec());
        let length = told.as_ref().map_or(0, Vec::len);
        call.core.owed += price::DECODED * length as u64;
        Ok(told)
    })?;
    told.ok_or_else(|| {
        let message = format!(
            "it passed {} bytes, and at most {most} cross",
            size.cast_unsigned()
        );
        Refused {
            verdict: Verdict::Failed,
            message,
        }
        .into()
    })
}

/// The program says why it is about to end. Only a trap behind it makes anything of that.
fn fault(
    mut caller: Caller<'_, Core>,
    from: i32,
    size: i32,
    line: i32,
    column: i32,
) -> wasmtime::Result<()> {
    let told = taken(&mut caller, from, size, 1 << 20)?;
    let mut raised = raised(&told);
    raised.at = Some(types::Diagnostic {
        severity: types::Severity::Error,
        class: raised.types.first().cloned().unwrap_or_default(),
        message: raised.message.clone(),
        line: line.cast_unsigned(),
        column: column.cast_unsigned(),
    });
    caller.data_mut().fault = Some(convert::raised(raised));
    Ok(())
}

/// An exception as a module tells it.
pub(super) fn raised(told: &[u8]) -> Raised {
    match told::exception(told) {
        Some(exception) => convert::raised(Raised {
            types: exception.types,
            message: exception.message,
            at: None,
            not_plain: exception.not_plain,
        }),
        None => not_plain("raised what is malformed".to_owned()),
    }
}

/// A reply as the candidate side tells it.
pub(super) fn reply(told: &[u8]) -> Result<Reply, Raised> {
    match told::answer(told) {
        Answer::Value { value, changed } => Ok(Reply {
            value: value.to_vec(),
            changed: changed.map(<[u8]>::to_vec),
        }),
        Answer::Raised(exception) => Err(raised(exception)),
        Answer::Malformed => Err(not_plain("returned data that is malformed".to_owned())),
    }
}

/// The test side has a function of the candidate called. The answer is fetched with `input`: a reply as the
/// candidate tells it, or a two, and verdict and message of the candidate's end.
fn perform(mut caller: Caller<'_, Core>, from: i32, size: i32) -> wasmtime::Result<i32> {
    let told = taken(&mut caller, from, size, MAX_BYTES)?;
    let (name, arguments) =
        told::asked(&told).ok_or_else(|| wasmtime::Error::msg("a malformed request"))?;
    let operation = Operation::Call(String::from_utf8_lossy(name).into_owned());
    let core = caller.data_mut();
    let Some(candidate) = core.candidate.as_mut() else {
        let message = "the program tried to reach the interface of its own tests".to_owned();
        return Err(Refused {
            verdict: Verdict::Forbidden,
            message,
        }
        .into());
    };
    let answer = match candidate.perform(&operation, arguments) {
        Ok(done) => match checked(done) {
            Ok(reply) => {
                let length = u32::try_from(reply.value.len()).unwrap_or(0).to_le_bytes();
                let changed = reply.changed.unwrap_or_default();
                [&[0][..], &length, &reply.value, &changed].concat()
            }
            Err(raised) => {
                if raised.not_plain {
                    core.not_plain = Some(raised.message.clone());
                }
                let types = raised.types.iter().map(|name| string(name)).collect();
                let parts = vec![
                    Value::List(types),
                    string(&raised.message),
                    Value::Bool(raised.not_plain),
                ];
                [vec![1], encode(&Value::Tuple(parts))].concat()
            }
        },
        Err(ending) => {
            let parts = vec![string(ending.verdict.name()), string(&ending.message)];
            [vec![2], encode(&Value::Tuple(parts))].concat()
        }
    };
    let length = i32::try_from(answer.len())?;
    core.input = answer;
    Ok(length)
}

fn string(text: &str) -> Value {
    Value::Str(text.as_bytes().to_vec())
}

/// The test side tells one outcome: name, verdict, message, class and line.
fn check(mut caller: Caller<'_, Core>, from: i32, size: i32) -> wasmtime::Result<()> {
    let told = taken(&mut caller, from, size, 1 << 20)?;
    let outcome =
        told::outcome(&told).ok_or_else(|| wasmtime::Error::msg("a malformed outcome"))?;
    let core = caller.data_mut();
    if core.checks.len() >= CHECKS {
        return Err(wasmtime::Error::msg(format!("more than {CHECKS} checks")));
    }
    let failed = outcome.verdict != Verdict::Passed;
    let mut at = failed.then(|| Diagnostic {
        severity: Severity::Error,
        class: outcome.class.clone(),
        message: outcome.message.clone(),
        line: outcome.line,
        column: 0,
    });
    // Where the program itself ended, its own place says more than that of the check.
    let ended = core
        .candidate
        .as_ref()
        .and_then(|candidate| candidate.place());
    if failed && ended.is_some() {
        at = ended;
    }
    core.checks.push(TestOutcome {
        name: convert::short(outcome.name),
        verdict: outcome.verdict,
        message: convert::short(outcome.message),
        at,
        got: None,
    });
    Ok(())
}
