//! What a module tells the host, as bytes that a hostile program may choose: read, and nothing of it believed.
//!
//! It stands apart from what needs the engine: the fuzz targets read it without.

use falcon_episode::{Value, Verdict, decode};

/// An exception: what [`exception`] reads.
pub(super) struct Exception {
    /// Class names, most derived first.
    pub(super) types: Vec<String>,
    pub(super) message: String,
    /// Whether a value that came back was no plain data.
    pub(super) not_plain: bool,
}

/// The exception that plain data is: a tuple of class names, message, and whether the value was no plain data. Nothing
/// where it is none.
pub(super) fn exception(told: &[u8]) -> Option<Exception> {
    let Ok(Value::Tuple(parts)) = decode(told) else {
        return None;
    };
    let [Value::List(types), message, Value::Bool(not_plain)] = &parts[..] else {
        return None;
    };
    Some(Exception {
        types: types.iter().map(text).collect(),
        message: text(message),
        not_plain: *not_plain,
    })
}

/// What the candidate side answers to a call: what [`answer`] reads.
pub(super) enum Answer<'a> {
    /// It returned: the value, and the arguments where the call changed some.
    Value {
        value: &'a [u8],
        changed: Option<&'a [u8]>,
    },
    /// It raised: an [`exception`].
    Raised(&'a [u8]),
    /// Neither.
    Malformed,
}

/// A zero, the length of the value, the value, and the changed arguments if any; or a one and the exception.
pub(super) fn answer(told: &[u8]) -> Answer<'_> {
    match told {
        [0, rest @ ..] => match sized(rest) {
            Some((value, changed)) => Answer::Value {
                value,
                changed: (!changed.is_empty()).then_some(changed),
            },
            None => Answer::Malformed,
        },
        [1, rest @ ..] => Answer::Raised(rest),
        _ => Answer::Malformed,
    }
}

/// The request of a call: the length of the function's name, the name, and the arguments.
pub(super) fn request(function: &str, arguments: &[u8]) -> Vec<u8> {
    let length = u32::try_from(function.len()).unwrap_or(0);
    [&length.to_le_bytes(), function.as_bytes(), arguments].concat()
}

/// The function's name and the arguments of such a request.
pub(super) fn asked(told: &[u8]) -> Option<(&[u8], &[u8])> {
    sized(told)
}

/// The outcome of one test: what [`outcome`] reads.
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) verdict: Verdict,
    pub(super) message: String,
    /// The class of what went wrong, and its line in the test program; 0 where it has none.
    pub(super) class: String,
    pub(super) line: u32,
}

/// The outcome that plain data is: a tuple of name, verdict, message, class and line. Nothing where it is none.
pub(super) fn outcome(told: &[u8]) -> Option<Outcome> {
    let Ok(Value::Tuple(parts)) = decode(told) else {
        return None;
    };
    let [name, verdict, message, class, Value::Int(line)] = &parts[..] else {
        return None;
    };
    let verdict = text(verdict);
    Some(Outcome {
        name: text(name),
        verdict: Verdict::ALL.into_iter().find(|one| one.name() == verdict)?,
        message: text(message),
        class: text(class),
        line: u32::try_from(*line).unwrap_or(0),
    })
}

/// As many bytes as the length before them says, and what is behind them.
fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

fn text(value: &Value) -> String {
    match value {
        Value::Str(bytes) | Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}
