// What a compiled program tells the host, from falcon-host.
#[path = "../../runtime/host/src/language/compiled/told.rs"]
mod told;

use falcon_episode::{Value, encode};
use told::{Answer, answer, asked, exception, outcome, request};

/// What a module tells, by any of the functions that it is told by: it never panics, and what is understood of it comes
/// to the same when it is told once more.
pub fn exchange(bytes: &[u8]) {
    match answer(bytes) {
        Answer::Value { value, changed } => {
            let length = u32::try_from(value.len())
                .expect("a length of 32 bits")
                .to_le_bytes();
            let again = [&[0][..], &length, value, changed.unwrap_or_default()].concat();
            assert_eq!(again, bytes);
        }
        Answer::Raised(rest) => {
            assert_eq!([&[1][..], rest].concat(), bytes);
            raised(rest);
        }
        Answer::Malformed => {}
    }
    raised(bytes);
    tested(bytes);
    if let Some((name, arguments)) = asked(bytes) {
        // A name that is no text is called by what can be read of it.
        if let Ok(name) = str::from_utf8(name) {
            assert_eq!(request(name, arguments), bytes);
        }
    }
}

/// An exception.
fn raised(bytes: &[u8]) {
    let Some(one) = exception(bytes) else { return };
    let types = one.types.iter().map(|name| text(name)).collect();
    let parts = [
        Value::List(types),
        text(&one.message),
        Value::Bool(one.not_plain),
    ];
    let again = exception(&encode(&Value::Tuple(parts.into())));
    let again = again.expect("what was read can be told");
    assert_eq!(
        (again.types, again.message, again.not_plain),
        (one.types, one.message, one.not_plain)
    );
}

/// The outcome of a test.
fn tested(bytes: &[u8]) {
    let Some(one) = outcome(bytes) else { return };
    let parts = [
        text(&one.name),
        text(one.verdict.name()),
        text(&one.message),
        text(&one.class),
        Value::Int(one.line.into()),
    ];
    let again = outcome(&encode(&Value::Tuple(parts.into())));
    let again = again.expect("what was read can be told");
    assert_eq!(
        (
            again.name,
            again.verdict,
            again.message,
            again.class,
            again.line
        ),
        (one.name, one.verdict, one.message, one.class, one.line)
    );
}

fn text(text: &str) -> Value {
    Value::Str(text.as_bytes().to_vec())
}

/// Inputs to begin with, by name: one of each.
pub fn exchange_seeds() -> Vec<(&'static str, Vec<u8>)> {
    let five = encode(&Value::Int(5));
    let length = u32::try_from(five.len()).unwrap_or(0).to_le_bytes();
    let changed = encode(&Value::Tuple(vec![
        Value::List(vec![Value::Int(1)]),
        Value::Dict(Vec::new()),
    ]));
    let raised = encode(&Value::Tuple(vec![
        Value::List(vec![text("std::out_of_range"), text("std::exception")]),
        text("vector"),
        Value::Bool(false),
    ]));
    let tested = encode(&Value::Tuple(vec![
        text("add(2, 3) == 5"),
        text("failed"),
        text("assertion failed"),
        text("assert"),
        Value::Int(3),
    ]));
    vec![
        ("returned", [&[0][..], &length, &five].concat()),
        ("changed", [&[0][..], &length, &five, &changed].concat()),
        ("raised", [&[1][..], &raised].concat()),
        ("tested", tested),
        ("asked", request("add", &changed)),
    ]
}
