//! The test side: runs a trusted test program whose candidate is remote.
//!
//! Each assertion that is a statement of the test program is a test of its own. A program passes where
//! every test passed, which is where the unchanged test program would have run to its end.

mod errors;
mod handles;
mod link;
mod names;
mod outcomes;
mod sending;
mod sites;
mod tokens;
mod views;

use std::{cell::RefCell, collections::BTreeMap, ffi::CStr};

use falcon_sdk::language::{Request, TestOutcome, Verdict};

use crate::{
    engine::{self, Class, Thrown, Value},
    faults::Fault,
    inspect, world,
};
use link::with;
use outcomes::{Failure, passed, plain};
use sites::{Instrumented, Site, instrument};

const TESTS: &CStr = c"tests.js";

/// What the run has recorded, on our side of the tests.
#[derive(Default)]
struct Record {
    /// The assertion that is running.
    current: Option<usize>,
    /// What came of each assertion that ran: nothing where it held each time.
    results: BTreeMap<usize, Option<Failure>>,
    /// Checks of every kind that were looked at.
    checks: u64,
    /// What failed outside of any assertion that is a test of its own.
    loose: Option<Failure>,
}

thread_local! {
    static RECORD: RefCell<Record> = RefCell::default();
}

/// Runs the request's tests. One outcome a test.
pub(crate) fn run(request: &Request) -> Vec<TestOutcome> {
    engine::start();
    world::install(&[]);
    sending::prepare();
    world::check_values(|values| {
        RECORD.with_borrow_mut(|record| record.checks += 1);
        handles::refuse_among(values)
    });
    inspect::show_handles(handles::shown);
    let prepared = match prepare(request) {
        Ok(prepared) => prepared,
        Err(message) => return vec![plain(Verdict::Infrastructure, &message)],
    };
    let error = execute(request, prepared.compiled, prepared.first).err();
    world::flush();
    collect(&prepared.sites, prepared.asserts, error)
}

/// A test program that is ready to run.
struct Prepared {
    compiled: Value,
    sites: Vec<Site>,
    asserts: bool,
    /// The first of the program's names.
    first: Option<String>,
}

fn prepare(request: &Request) -> Result<Prepared, String> {
    let told = |what: &'static str| {
        move |thrown: Thrown| {
            let fault = Fault::of(&thrown.value);
            format!(
                "{what}: line {}: {}: {}",
                fault.line, fault.types[0], fault.message
            )
        }
    };
    let global = Value::global();
    for (name, native) in [
        (
            "__falcon_begin",
            begin as fn(&Value, &[Value]) -> Result<Value, Thrown>,
        ),
        ("__falcon_end", end),
        ("__falcon_failed", failed),
    ] {
        let function = engine::function(name, 1, native, false);
        global
            .define(name, &function, false)
            .map_err(told("the harness"))?;
    }
    if let Ok(console) = global.get_name("console") {
        console.define_function("assert", 2, console_assert);
    }
    let assert = engine::function("assert", 0, |_, _| world::module("assert"), false);
    global
        .define_getter("assert", &assert)
        .map_err(told("the harness"))?;
    if !request.shared.is_empty() {
        let compiled = engine::compile(&request.shared, TESTS);
        let ran = compiled.and_then(engine::run);
        ran.map_err(told("the code that the task gives to both sides fails"))?;
    }
    let names = names::decide(request);
    errors::prepare(&names.errors).map_err(told("the harness"))?;
    if !names.values.is_empty() {
        reference_values(request, &names.values).map_err(told("the reference fails"))?;
    }
    let exports = Value::object().map_err(told("the harness"))?;
    for name in &names.remote {
        let proxy = handles::name(name).map_err(told("the harness"))?;
        let defined = global
            .define(name, &proxy, false)
            .and_then(|()| exports.define(name, &proxy, true));
        defined.map_err(told("the harness"))?;
    }
    for path in ["./solution", "./program", "./solution.js", "./program.js"] {
        world::provide(path, exports.clone());
    }
    let Instrumented {
        source,
        sites,
        asserts,
    } = instrument(&request.tests);
    // Where a test program is written in a way that wrapping breaks, it runs as it is.
    let (compiled, sites) = match engine::compile(&source, TESTS) {
        Ok(compiled) => (compiled, sites),
        Err(_) => {
            let compiled = engine::compile(&request.tests, TESTS);
            (
                compiled.map_err(told("the test program does not compile"))?,
                Vec::new(),
            )
        }
    };
    Ok(Prepared {
        compiled,
        sites,
        asserts,
        first: names.remote.into_iter().next(),
    })
}

/// Values of the reference that the tests use are the reference's own.
fn reference_values(request: &Request, names: &[String]) -> Result<(), Thrown> {
    let listed = names.join(", ");
    let source = format!(
        "(function () {{\n{}\nreturn {{ {listed} }};\n}})",
        request.reference
    );
    let values = engine::own_script(&source, c"reference.js")?.call(&Value::undefined(), &[])?;
    for name in names {
        Value::global().define(name, &values.get_name(name)?, false)?;
    }
    Ok(())
}

fn execute(request: &Request, compiled: Value, first: Option<String>) -> Result<(), Thrown> {
    engine::run(compiled)?;
    if !request.entry.is_empty() {
        let missing = || {
            let message = format!("the test program does not define {}", request.entry);
            with(|link| link.unsendable = Some(message));
            Thrown::for_good()
        };
        let entry = engine::lookup(&request.entry)?.ok_or_else(missing)?;
        let arguments = match first {
            Some(first) => vec![handles::name(&first)?],
            None => Vec::new(),
        };
        world::settle(entry.call(&Value::undefined(), &arguments)?)?;
    }
    world::run_to_the_end()
}

fn site_of(arguments: &[Value]) -> usize {
    arguments
        .first()
        .map_or(0, |number| number.to_number() as usize)
}

/// An assertion starts.
fn begin(_: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    RECORD.with_borrow_mut(|record| record.current = Some(site_of(arguments)));
    Ok(Value::undefined())
}

/// An assertion ran to its end, which is no success where an answer was refused in it.
fn end(_: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let refusal = with(|link| link.refusal.take()).map(Failure::Refused);
    recorded(site_of(arguments), refusal);
    Ok(Value::undefined())
}

/// An assertion threw.
fn failed(_: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let value = arguments.get(1).cloned().unwrap_or_else(Value::undefined);
    let failure = Failure::of(&Thrown::value(value));
    recorded(site_of(arguments), Some(failure));
    Ok(Value::undefined())
}

fn recorded(site: usize, failure: Option<Failure>) {
    RECORD.with_borrow_mut(|record| {
        record.current = None;
        let result = record.results.entry(site).or_default();
        if result.is_none() {
            *result = failure;
        }
    });
}

/// `console.assert` is a check here. As in node it ends nothing.
fn console_assert(_: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    RECORD.with_borrow_mut(|record| record.checks += 1);
    handles::refuse_among(&arguments[..arguments.len().min(1)])?;
    if arguments.first().is_some_and(Value::to_bool) {
        return Ok(Value::undefined());
    }
    let said = match arguments.get(1..) {
        Some(rest) if !rest.is_empty() => {
            String::from_utf8_lossy(&inspect::format(rest)).into_owned()
        }
        _ => match with(|link| link.last.clone()) {
            Some(last) => format!("the assertion does not hold; the program last gave {last}"),
            None => "the assertion does not hold".to_owned(),
        },
    };
    if RECORD.with_borrow(|record| record.current.is_some()) {
        let error = Value::error(Class::Error, &said);
        error.define("name", &Value::str("AssertionError"), false)?;
        return Err(Thrown::value(error));
    }
    let failure = Failure::Check {
        class: "AssertionError".to_owned(),
        message: said,
        got: None,
    };
    RECORD.with_borrow_mut(|record| {
        record.loose.get_or_insert(failure);
    });
    Ok(Value::undefined())
}

/// Outcomes in the order of the test program.
fn collect(sites: &[Site], asserts: bool, error: Option<Thrown>) -> Vec<TestOutcome> {
    let exited = error.as_ref().is_some_and(|thrown| thrown.for_good);
    let ended = Failure::of_link().or_else(|| match &error {
        Some(_) if exited => exit_failure(),
        Some(thrown) => Some(Failure::of(thrown)),
        None => with(|link| link.refusal.take()).map(Failure::Refused),
    });
    let record = RECORD.take();
    let ended = ended.or(record.loose);
    let mut found = Vec::new();
    for (number, site) in sites.iter().enumerate() {
        match (record.results.get(&number), &ended) {
            (Some(None), _) => found.push(passed(&site.name)),
            (Some(Some(failure)), _) => {
                found.push(failure.clone().outcome(&site.name, site.line, true));
            }
            (None, Some(ended)) => {
                let reached = record.current == Some(number);
                found.push(ended.clone().outcome(&site.name, site.line, reached));
            }
            (None, None) => {}
        }
    }
    let all_passed = found
        .iter()
        .all(|outcome| outcome.verdict == Verdict::Passed);
    if let Some(ended) = ended.filter(|_| all_passed) {
        found.push(ended.outcome("tests", 0, true));
    }
    if found.is_empty() {
        let answered = with(|link| link.answered);
        found.push(if record.checks > 0 || (!asserts && answered) {
            passed("tests")
        } else {
            plain(Verdict::Failed, "no check of the test program was reached")
        });
    }
    found
}

/// What it means that the test program ended its process.
fn exit_failure() -> Option<Failure> {
    let code = world::exit_code().unwrap_or(0);
    (code != 0).then(|| Failure::Check {
        class: "Exit".to_owned(),
        message: format!("the test program ended with exit code {code}"),
        got: None,
    })
}
