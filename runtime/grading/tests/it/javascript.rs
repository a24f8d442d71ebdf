//! The JavaScript pack under the real host: its attack corpus, refused and why, and what it must keep apart.

use std::sync::OnceLock;

use falcon_episode::{Harness, Tests, Value, Verdict};
use falcon_grading::{Execution, Language};
use falcon_host::language::arguments;

use crate::{
    corpus::{JAVASCRIPT, add_calls},
    held::{first_failure, is_held, run},
    support::{not_passing, plugin},
};

fn javascript() -> &'static Language {
    static LANGUAGE: OnceLock<Language> = OnceLock::new();
    LANGUAGE.get_or_init(|| Language::of(&plugin("falcon-javascript.wasm")).unwrap())
}

fn grade(program: &str, tests: Tests) -> Execution {
    run(javascript(), program, tests, &JAVASCRIPT.limits())
}

#[test]
fn every_attack_is_refused_and_why_and_honest_twins_pass() {
    is_held(javascript(), &JAVASCRIPT);
}

#[test]
fn values_come_back_as_they_were_sent() {
    let known = |name: &str, content| Value::Known(name.to_owned(), Box::new(content));
    let text = |text: &str| Value::Str(text.as_bytes().to_vec());
    let values = [
        Value::None,
        known("undefined", Value::None),
        Value::Bool(true),
        Value::Int(9_007_199_254_740_992),
        Value::Float(-0.0),
        Value::Float(0.1),
        Value::Float(f64::NAN),
        known("bigint", Value::Int(-1)),
        known(
            "bigint",
            Value::BigInt(vec![0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0]),
        ),
        text("é 😀 \0"),
        Value::Str(vec![0xed, 0xa0, 0x80]),
        Value::List(vec![Value::List(Vec::new()), Value::None]),
        Value::Dict(vec![
            (text("b"), Value::Int(1)),
            (text("__proto__"), Value::None),
        ]),
        known("bare", Value::Dict(vec![(text("a"), Value::Int(1))])),
        known(
            "Map",
            Value::List(vec![Value::Tuple(vec![Value::Int(1), text("x")])]),
        ),
        known("Set", Value::List(vec![text("x"), Value::Bool(false)])),
        known("Date", Value::Float(5.0)),
        known("RegExp", Value::Tuple(vec![text("a+"), text("gi")])),
        known("Int16Array", Value::Bytes(vec![1, 0, 255, 255])),
        known("ArrayBuffer", Value::Bytes(vec![1, 2, 3])),
        known(
            "Array",
            Value::Tuple(vec![
                Value::List(vec![text("b")]),
                Value::Dict(vec![(text("index"), Value::Int(1))]),
            ]),
        ),
    ];
    let asked: Vec<_> = values
        .iter()
        .map(|value| arguments(std::slice::from_ref(value)))
        .collect();
    let program = "function same(x) { return x; }";
    let (run, _) = javascript()
        .pack
        .calls(
            program,
            "same",
            &asked,
            &JAVASCRIPT.limits(),
            |_, result| result,
        )
        .unwrap();
    let results = run.unwrap().results;
    assert_eq!(results.len(), values.len());
    for (value, result) in values.iter().zip(results) {
        assert_eq!(&result.unwrap(), value);
    }
}

#[test]
fn the_same_program_uses_the_same_fuel() {
    let program = "const seen = [Math.random(), Date.now()];\nfunction add(a, b) { seen.push(Math.random()); return a + b; }";
    for tests in [add_calls(), JAVASCRIPT.harness()] {
        let (first, second) = (grade(program, tests.clone()), grade(program, tests));
        assert_eq!(first.verdict, Verdict::Passed);
        assert_eq!(first.fuel, second.fuel);
    }
}

#[test]
fn what_the_tests_do_wrong_is_no_fault_of_the_program() {
    let honest = "function apply(f, x) { return f(x); }";
    let with = |tests: &str| {
        Tests::Harness(Harness {
            tests: tests.to_owned(),
            remote: vec!["apply".to_owned()],
            ..Harness::default()
        })
    };
    for (tests, because) in [
        (
            "const assert = require('assert');\nassert.equal(apply(, 1);",
            "does not compile",
        ),
        (
            "const assert = require('assert');\nconst k = 2;\nassert.equal(apply((x) => x * k, 1), 2);",
            "depends on k of the test program",
        ),
        (
            "const assert = require('assert');\nclass P {}\nassert.equal(apply(String, new P()), 2);",
            "a value of type P",
        ),
    ] {
        let done = grade(honest, with(tests));
        assert_eq!(done.verdict, Verdict::Infrastructure, "{tests}");
        assert!(
            first_failure(&done).contains(because),
            "{}",
            first_failure(&done)
        );
    }
    // A program cannot make it so: a method that it chose to give is no place for the tests' functions.
    let hostile = "function apply() { return { map: (f) => f, get length() { return 1; } }; }";
    let tests = "const assert = require('assert');\nconst k = 2;\nassert.equal(apply(1).map((x) => x * k).length, 1);";
    assert_eq!(grade(hostile, with(tests)).verdict, Verdict::Failed);
}

/// Solutions of MultiPL-E's file that are wrong: what node, with program and tests in one text, says of them
/// too.
const WRONG: [u32; 22] = [
    39, 65, 83, 91, 92, 93, 95, 101, 103, 115, 125, 127, 129, 132, 135, 137, 140, 145, 149, 153,
    160, 163,
];

/// The tests of 51 have a string over two lines and are no JavaScript; node refuses them as well.
const NOT_TESTABLE: [u32; 1] = [51];

#[test]
fn solutions_pass_where_they_pass_in_node() {
    let Some((wrong, faults)) = not_passing(javascript(), "js") else {
        return;
    };
    assert_eq!(wrong, WRONG);
    assert_eq!(faults, NOT_TESTABLE);
}
