//! Which names of a test program stand for what.

use std::collections::HashSet;

use falcon_sdk::language::{
    Operation, Request,
    value::{Value, decode, encode},
};

use super::lexer::{Token, tokens};
use crate::sessions;

/// What the test program's free names are.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The program's.
    pub(super) remote: Vec<String>,
    /// Data of the reference that the tests use, encoded.
    pub(super) values: Vec<(String, Vec<u8>)>,
}

/// Decides from the reference's own definitions, never from what is a standard name. The error is for
/// people: what is wrong with the tests.
pub(super) fn decide(request: &Request, tests: &[Token<'_>]) -> Result<Known, String> {
    let mut known = Known {
        remote: request.remote.clone(),
        values: Vec::new(),
    };
    if request.reference.is_empty() {
        return Ok(known);
    }
    let shared_tokens = tokens(&request.shared);
    let given: HashSet<_> = definitions(&shared_tokens)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let used = used(tests);
    let reference = tokens(&request.reference);
    let mut values = Vec::new();
    for (name, is_function) in definitions(&reference) {
        let taken = given.contains(name) || known.remote.iter().any(|one| one == name);
        if taken || !used.contains(name) {
            continue;
        }
        if !is_function {
            values.push(name);
        } else if request.remote.is_empty() {
            known.remote.push(name.to_owned());
        }
    }
    if !values.is_empty() {
        evaluate(request, &values, &mut known)?;
    }
    Ok(known)
}

/// Names that are no fields.
fn used<'a>(tests: &[Token<'a>]) -> HashSet<&'a str> {
    let mut before = "";
    let mut found = HashSet::new();
    for token in tests {
        if token.is_name() && before != "." && before != ":" {
            found.insert(token.text);
        }
        before = token.text;
    }
    found
}

/// Names that a source defines at its top level, and whether each is a function by its looks. What looks
/// like one inside a text only makes a proxy that no one calls.
fn definitions<'a>(source: &[Token<'a>]) -> Vec<(&'a str, bool)> {
    let mut found: Vec<(&str, bool)> = Vec::new();
    let mut add = |name, is_function| {
        if !found.iter().any(|(known, _)| *known == name) {
            found.push((name, is_function));
        }
    };
    let mut depth = 0_usize;
    for (at, token) in source.iter().enumerate() {
        let text = |at: usize| source.get(at).map_or("", |token| token.text);
        match token.text {
            "function" => {
                let name = source.get(at + 1).filter(|name| name.is_name());
                if let Some(name) = name.filter(|_| depth == 0 && text(at + 2) == "(") {
                    add(name.text, true);
                }
                depth += 1;
            }
            "do" | "if" | "repeat" | "{" | "(" => depth += 1,
            "end" | "until" | "}" | ")" => depth = depth.saturating_sub(1),
            "=" if depth == 0 && at > 0 && source[at - 1].is_name() => {
                let field = at > 1 && matches!(text(at - 2), "." | ":");
                if !field {
                    add(source[at - 1].text, text(at + 1) == "function");
                }
            }
            _ => {}
        }
    }
    found
}

/// Runs the reference for what it defines as data; what turns out to be an object is the program's.
fn evaluate(request: &Request, names: &[&str], known: &mut Known) -> Result<(), String> {
    let opened = sessions::open(&format!("{}\n{}", request.shared, request.reference));
    let Ok((mut reference, _)) = opened else {
        return Err("the reference, whose values the tests use, does not run".to_owned());
    };
    let none = encode(&Value::Tuple(vec![
        Value::List(Vec::new()),
        Value::Dict(Vec::new()),
    ]));
    for name in names {
        let operation = Operation::GetGlobal((*name).to_owned());
        let data = reference
            .perform(&operation, &none)
            .ok()
            .map(|reply| reply.value);
        match data {
            Some(data) if decode(&data).is_ok_and(|value| is_data(&value)) => {
                known.values.push(((*name).to_owned(), data));
            }
            _ if request.remote.is_empty() => known.remote.push((*name).to_owned()),
            _ => {}
        }
    }
    Ok(())
}

/// Whether nothing in it is an object.
fn is_data(value: &Value) -> bool {
    match value {
        Value::Known(..) | Value::Handle(_) => false,
        Value::List(items) | Value::Tuple(items) => items.iter().all(is_data),
        Value::Dict(pairs) => pairs
            .iter()
            .all(|(key, item)| is_data(key) && is_data(item)),
        _ => true,
    }
}
