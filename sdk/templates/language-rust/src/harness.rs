//! The test side: runs a trusted test program whose candidate is remote. Each `(check condition)` is a test.

use std::collections::BTreeSet;

use falcon_sdk::language::{
    Operation, Request, Stopped, TestOutcome, Verdict, perform,
    value::{Value as Plain, decode},
};

use crate::{
    cross,
    machine::Machine,
    read::{Kind, Node, read},
    session::EXIT,
    stop::{Raised, Stop},
    value::{Scope, Value},
};

/// What the tests said so far.
#[derive(Default)]
pub struct Tests(Vec<TestOutcome>);

/// Runs the request's tests. One outcome a test.
pub fn run(request: &Request) -> Vec<TestOutcome> {
    match prepare(request) {
        Err(why) => vec![outcome("the test program", Verdict::Infrastructure, why)],
        Ok((machine, tests, first)) => finish(machine, &tests, &request.entry, first),
    }
}

/// The machine with all that the test program sees, the test program, and the first function of the program.
fn prepare(request: &Request) -> Result<(Machine, Vec<Node>, Option<String>), String> {
    let nodes = |what: &str, source: &str| {
        let wrong = |(message, at): (String, crate::stop::Place)| {
            format!("{what} does not compile: line {}: {message}", at.line)
        };
        read(source).map_err(wrong)
    };
    let mut machine = Machine::new();
    let shared = nodes("the code that both sides share", &request.shared)?;
    machine
        .run(&shared)
        .map_err(|_| "the code that both sides share raised an error".to_owned())?;
    let tests = nodes("the test program", &request.tests)?;
    let remote = if request.remote.is_empty() {
        let reference = nodes("the reference", &request.reference)?;
        let (mut used, defined) = (BTreeSet::new(), reference.iter().filter_map(defined));
        names(&tests, &mut used);
        defined.filter(|name| used.contains(name)).collect()
    } else {
        request.remote.clone()
    };
    for name in &remote {
        let function = Value::Remote(name.as_str().into());
        machine.globals.define(name.as_str().into(), function);
    }
    machine.tests = Some(Tests::default());
    Ok((machine, tests, remote.into_iter().next()))
}

fn finish(mut machine: Machine, tests: &[Node], entry: &str, first: Option<String>) -> Vec<TestOutcome> {
    let mut ended = machine.run(tests).map(drop);
    if ended.is_ok() && !entry.is_empty() {
        let remote = first.map(|name| Value::Remote(name.as_str().into()));
        let function = machine.globals.get(entry);
        ended = match function {
            Some(function) => machine.call(&function, remote.as_slice()).map(drop),
            None => Err(Stop::error(format!("there is no name `{entry}`"))),
        };
    }
    let mut outcomes = machine.tests.take().unwrap_or_default().0;
    // One that ended the program has said so already.
    let told = outcomes.last().is_some_and(|last| last.verdict != Verdict::Passed);
    match ended {
        Err(Stop::Ended(..)) if told => {}
        Err(stop) => outcomes.push(failure("the test program", stop)),
        Ok(()) if outcomes.is_empty() => {
            let why = "no check of the test program was reached".to_owned();
            outcomes.push(outcome("the test program", Verdict::Failed, why));
        }
        Ok(()) => {}
    }
    outcomes
}

impl Tests {
    /// Evaluates a condition and notes what came of it; goes on unless the program is gone.
    pub fn check(machine: &mut Machine, condition: &Node, scope: &Scope) -> Result<Value, Stop> {
        let found = compared(machine, condition, scope);
        let tests = machine.tests.get_or_insert_default();
        let name = format!("check {} in line {}", tests.0.len() + 1, condition.at.line);
        let (noted, gone) = match found {
            Ok(None) => (outcome(&name, Verdict::Passed, String::new()), None),
            Ok(Some(why)) => (outcome(&name, Verdict::Failed, why), None),
            Err(Stop::Ended(verdict, why)) => {
                let gone = Stop::Ended(verdict, why.clone());
                (outcome(&name, verdict, why), Some(gone))
            }
            Err(stop) => (failure(&name, stop), None),
        };
        tests.0.push(noted);
        gone.map_or(Ok(Value::None), Err)
    }

    /// Calls a function of the program, on the other side.
    pub fn remote(name: &str, given: &[Value]) -> Result<Value, Stop> {
        let arguments = cross::arguments(given)
            .map_err(|why| Stop::error(format!("the tests pass {why}")))?;
        let reply = perform(&Operation::Call(name.to_owned()), &arguments).map_err(|stopped| match stopped {
            Stopped::Ended((verdict, why)) => Stop::Ended(verdict, why),
            Stopped::Raised(raised) if raised.not_plain => {
                Stop::NotPlain(format!("the program {}", raised.message))
            }
            Stopped::Raised(raised) if raised.types.first().is_some_and(|class| class == EXIT) => {
                Stop::Ended(Verdict::RuntimeError, raised.message)
            }
            Stopped::Raised(raised) => Stop::Raised(Raised {
                class: raised.types.into_iter().next().unwrap_or_default(),
                message: raised.message,
                at: None,
                of_program: Some(raised.at),
            }),
        })?;
        let not_plain = |why: String| Stop::NotPlain(format!("the program returned {why}"));
        if let Some(changed) = reply.changed {
            let changed = cross::positional(&changed).map_err(not_plain)?;
            for (value, new) in given.iter().zip(&changed) {
                cross::update(value, new).map_err(not_plain)?;
            }
        }
        let value: Plain = decode(&reply.value).map_err(|error| not_plain(error.to_string()))?;
        cross::into(&value).map_err(not_plain)
    }
}

/// Nothing where the condition is true, else what is wrong. Of `(= a b)` both are shown.
fn compared(machine: &mut Machine, condition: &Node, scope: &Scope) -> Result<Option<String>, Stop> {
    if let Kind::List(nodes) = &condition.kind
        && let [word, got, wanted] = &**nodes
        && matches!(&word.kind, Kind::Name(name) if &**name == "=")
    {
        let got = machine.evaluate(got, scope)?;
        let wanted = machine.evaluate(wanted, scope)?;
        return Ok((!got.is(&wanted)).then(|| format!("it is {got}, and should be {wanted}")));
    }
    Ok(match machine.evaluate(condition, scope)? {
        Value::Bool(true) => None,
        other => Some(format!("it is {other}, and should be true")),
    })
}

fn failure(name: &str, stop: Stop) -> TestOutcome {
    match stop {
        Stop::Raised(Raised {
            message,
            of_program: Some(at),
            ..
        }) => TestOutcome {
            at,
            ..outcome(name, Verdict::RuntimeError, format!("the program raised: {message}"))
        },
        Stop::Raised(raised) => {
            let line = raised.at.unwrap_or_default().line;
            let why = format!("line {line} of the tests: {}", raised.message);
            outcome(name, Verdict::Infrastructure, why)
        }
        Stop::NotPlain(why) => outcome(name, Verdict::Failed, why),
        Stop::Ended(verdict, why) => outcome(name, verdict, why),
        Stop::Exit(_) => {
            let why = "the tests end themselves".to_owned();
            outcome(name, Verdict::Infrastructure, why)
        }
    }
}

fn outcome(name: &str, verdict: Verdict, message: String) -> TestOutcome {
    TestOutcome {
        name: name.to_owned(),
        verdict,
        message,
        at: None,
        details: Vec::new(),
    }
}

/// The name that an expression defines.
fn defined(node: &Node) -> Option<String> {
    let Kind::List(nodes) = &node.kind else {
        return None;
    };
    match &**nodes {
        [Node { kind: Kind::Name(word), .. }, Node { kind: Kind::Name(name), .. }, _] if &**word == "def" => {
            Some(name.to_string())
        }
        _ => None,
    }
}

/// Every name in these expressions.
fn names(nodes: &[Node], found: &mut BTreeSet<String>) {
    for node in nodes {
        match &node.kind {
            Kind::Name(name) => {
                found.insert(name.to_string());
            }
            Kind::List(nodes) => names(nodes, found),
            Kind::Value(_) => {}
        }
    }
}
