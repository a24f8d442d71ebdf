// What stands between a worker process and its parent, from falcon-grading and falcon-host.
#[path = "../../runtime/grading/src/workers/answer.rs"]
mod answer;
#[path = "../../runtime/grading/src/workers/frame.rs"]
mod frame;
#[path = "../../runtime/grading/src/workers/in_force.rs"]
#[allow(dead_code, reason = "the worker uses the rest")]
mod in_force;
#[path = "../../runtime/host/src/language/program_run.rs"]
mod program_run;

use std::fmt::Debug;

use falcon_episode::{
    Call, Diagnostic, Files, Severity, Submission, TestOutcome, Tests, Value, Verdict,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::execution::Execution;
use answer::{Done, Started};
use frame::{MAX_ANSWER, MAX_WORK, receive, send};
use in_force::InForce;
use program_run::ProgramRun;

/// Messages of the kind that the first byte names, until one is refused or there are no more. Each that is
/// received is the same after it is sent and received again.
pub fn frames(bytes: &[u8]) {
    let Some((kind, mut rest)) = bytes.split_first() else {
        return;
    };
    while !rest.is_empty() {
        let more = match kind % 3 {
            0 => message::<Started>(&mut rest, MAX_ANSWER),
            1 => message::<Done>(&mut rest, MAX_ANSWER),
            _ => message::<Submission>(&mut rest, MAX_WORK),
        };
        if !more {
            return;
        }
    }
}

fn message<T: DeserializeOwned + Serialize + Debug>(from: &mut &[u8], most: usize) -> bool {
    let Ok(Some(message)) = receive::<T>(from, most) else {
        return false;
    };
    let mut sent = Vec::new();
    send(&mut sent, &message).expect("what was received can be sent");
    let again: T = receive(&mut &sent[..], most)
        .expect("what is sent can be received")
        .expect("it is there");
    assert_eq!(format!("{again:?}"), format!("{message:?}"));
    true
}

/// Inputs to begin with, by name: each kind of message, and two in a row.
pub fn frame_seeds() -> Vec<(&'static str, Vec<u8>)> {
    let ready = Started::Ready(InForce {
        held: vec!["resource limits".to_owned(), "landlock".to_owned()],
        missing: vec![("seccomp".to_owned(), "the kernel has none".to_owned())],
    });
    let at = Diagnostic {
        severity: Severity::Error,
        class: "IndexError".to_owned(),
        message: "list index out of range".to_owned(),
        line: 3,
        column: 0,
    };
    let executed = Done::Executed(Execution {
        verdict: Verdict::Failed,
        tests: vec![TestOutcome {
            name: "f([1])".to_owned(),
            verdict: Verdict::Failed,
            message: "returned 2, not 1".to_owned(),
            at: Some(at.clone()),
            got: Some("2".to_owned()),
        }],
        diagnostics: vec![at.clone()],
        fuel: 123_456_789,
        instances: 2,
    });
    let ran = Done::Ran(ProgramRun {
        verdict: Verdict::RuntimeError,
        message: "exit code 1".to_owned(),
        stdout: b"half a line".to_vec(),
        stderr: vec![0xff, 0],
        exit_code: Some(1),
        error: Some(at),
        fuel: 4321,
    });
    let failed = Done::Failed("the sandbox failed".to_owned());
    let asked = Submission {
        task_id: "a".to_owned(),
        split: String::new(),
        language: "python".to_owned(),
        prompt: "Add one.".to_owned(),
        program: "def f(x):\n    return x\n".to_owned(),
        reference: Some("def f(x):\n    return x + 1\n".to_owned()),
        attempt: 1,
        cheapest_fuel: None,
        tests: Tests::Calls {
            function: "f".to_owned(),
            calls: vec![Call {
                arguments: vec![Value::Int(1)],
                expected: Value::Int(2),
            }],
        },
        files: Files::default(),
    };
    vec![
        ("ready", framed(0, &[&ready])),
        ("executed", framed(1, &[&executed, &failed])),
        ("ran", framed(1, &[&ran])),
        ("asked", framed(2, &[&asked])),
    ]
}

fn framed<T: Serialize>(kind: u8, messages: &[&T]) -> Vec<u8> {
    let mut bytes = vec![kind];
    for message in messages {
        send(&mut bytes, message).expect("a seed can be sent");
    }
    bytes
}
