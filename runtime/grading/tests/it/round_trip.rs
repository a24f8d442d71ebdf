//! Plain data against CPython's own values: what any value becomes in Python, told by a literal that CPython reads.

mod any;
mod literal;

use falcon_episode::{Value, encode};
use falcon_host::language::{self, LanguagePack};
use proptest::{
    collection::vec,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

use self::literal::literal;
use crate::support::{python, small};

/// Values in one instance. Each is asked for three times.
const TOGETHER: usize = 64;
/// So many times.
const CASES: u32 = 10;

/// What Python knows of two values being one: type and content, to the last bit and in order, sets in any.
const PROGRAM: &str = "
import struct
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction


def from_bits(n):
    return struct.unpack('<d', n.to_bytes(8, 'little'))[0]


NAMES = dict(globals())
VIEWS = type({}.keys()), type({}.values()), type({}.items())


def key(v):
    kind = type(v)
    if kind is float:
        return kind, struct.pack('<d', v)
    if kind is complex:
        return kind, struct.pack('<dd', v.real, v.imag)
    if kind in (list, tuple) or kind in VIEWS:
        return kind, [key(item) for item in v]
    if kind in (set, frozenset):
        return kind, sorted(repr(key(item)) for item in v)
    if kind in (dict, Counter, OrderedDict):
        return kind, [(key(k), key(item)) for k, item in v.items()]
    if kind is defaultdict:
        return kind, v.default_factory, [(key(k), key(item)) for k, item in v.items()]
    if kind is deque:
        return kind, v.maxlen, [key(item) for item in v]
    if kind is range:
        return kind, v.start, v.stop, v.step
    if kind is array:
        return kind, v.typecode, v.tobytes()
    if kind is Decimal:
        return kind, v.as_tuple()
    if kind in (date, time, datetime, timedelta):
        return kind, repr(v)
    return kind, v


def same(v):
    return v


def read(text):
    return eval(text, NAMES)


def equal(v, text):
    return key(v) == key(eval(text, NAMES))
";

/// The same three ways round: there and back, from CPython's own literal, and compared in Python with what that gives.
#[test]
fn any_value_is_the_same_in_python() {
    let python = python();
    let config = Config {
        cases: CASES,
        // Every run has the same cases, so that there is none to remember.
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let done = runner.run(&vec(any::value(), 1..=TOGETHER), |values| {
        let asked = |function: &str, with_value: bool, with_text: bool| {
            let arguments = values.iter().map(|value| {
                let text = || Value::Str(literal(value).into_bytes());
                let value = with_value.then(|| value.clone());
                let both = [value, with_text.then(text)];
                language::arguments(&both.into_iter().flatten().collect::<Vec<_>>())
            });
            results(&python.pack, function, &arguments.collect::<Vec<_>>())
        };
        let came_back = asked("same", true, false)?;
        let was_read = asked("read", false, true)?;
        let is_equal = asked("equal", true, true)?;
        for (at, value) in values.iter().enumerate() {
            let text = literal(value);
            let fails = |what: &str, got: &Value| {
                Err(TestCaseError::fail(format!(
                    "{what} of {value:?}, which is {text}: {got:?}"
                )))
            };
            if exact(&came_back[at]) != exact(value) {
                return fails("there and back", &came_back[at]);
            }
            if exact(&was_read[at]) != exact(value) {
                return fails("the literal", &was_read[at]);
            }
            if is_equal[at] != Value::Bool(true) {
                return fails("equality", &is_equal[at]);
            }
        }
        Ok(())
    });
    if let Err(error) = done {
        panic!("{error}");
    }
}

/// What the calls return.
fn results(
    pack: &LanguagePack,
    function: &str,
    arguments: &[Vec<u8>],
) -> Result<Vec<Value>, TestCaseError> {
    let fails = |why: String| TestCaseError::fail(format!("{function}: {why}"));
    let (run, _) = pack
        .calls(PROGRAM, function, arguments, &small(), |_, result| result)
        .map_err(|error| fails(error.to_string()))?;
    let run = run.map_err(|error| fails(format!("{error:?}")))?;
    if let Some(ending) = run.ended {
        return Err(fails(ending.message));
    }
    let results = run.results.into_iter();
    results
        .map(|result| result.map_err(|raised| fails(format!("{raised:?}"))))
        .collect()
}

/// Bytes that are equal exactly where kinds, content and order are, sets in any order.
fn exact(value: &Value) -> Vec<u8> {
    encode(&settled(value))
}

/// The value with the members of its sets in order.
fn settled(value: &Value) -> Value {
    let all = |items: &[Value]| -> Vec<Value> { items.iter().map(settled).collect() };
    let sorted = |items: &[Value]| {
        let mut items = all(items);
        items.sort_by_cached_key(encode);
        items
    };
    match value {
        Value::List(items) => Value::List(all(items)),
        Value::Tuple(items) => Value::Tuple(all(items)),
        Value::Set(items) => Value::Set(sorted(items)),
        Value::FrozenSet(items) => Value::FrozenSet(sorted(items)),
        Value::Dict(pairs) => {
            let pairs = pairs.iter();
            Value::Dict(
                pairs
                    .map(|(key, item)| (settled(key), settled(item)))
                    .collect(),
            )
        }
        Value::Known(name, content) => Value::Known(name.clone(), Box::new(settled(content))),
        other => other.clone(),
    }
}
