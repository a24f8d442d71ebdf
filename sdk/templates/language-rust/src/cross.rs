//! Values as they cross between a program and its tests: plain data, and nothing else.

use std::cell::RefCell;
use std::rc::Rc;

use falcon_sdk::language::value::{self as plain, MAX_DEPTH};

use crate::value::Value;

/// The value as plain data.
///
/// # Errors
/// What it holds that is none.
pub fn out(value: &Value) -> Result<plain::Value, String> {
    // The host wants two levels of its own.
    within(value, MAX_DEPTH - 3)
}

fn within(value: &Value, depth: usize) -> Result<plain::Value, String> {
    Ok(match value {
        Value::None => plain::Value::None,
        Value::Bool(truth) => plain::Value::Bool(*truth),
        Value::Int(number) => plain::Value::Int(*number),
        Value::Float(number) => plain::Value::Float(*number),
        Value::Text(text) => plain::Value::Str(text.as_bytes().to_vec()),
        Value::List(_) if depth == 0 => return Err("a list that is nested too deep".to_owned()),
        Value::List(items) => {
            let items = items.borrow();
            let items = items.iter().map(|item| within(item, depth - 1));
            plain::Value::List(items.collect::<Result<_, _>>()?)
        }
        other => {
            let kind = other.kind();
            return Err(format!("a value of type {kind}, which is not plain data"));
        }
    })
}

/// Plain data as a value.
///
/// # Errors
/// What the language has not.
pub fn into(value: &plain::Value) -> Result<Value, String> {
    Ok(match value {
        plain::Value::None => Value::None,
        plain::Value::Bool(truth) => Value::Bool(*truth),
        plain::Value::Int(number) => Value::Int(*number),
        plain::Value::Float(number) => Value::Float(*number),
        plain::Value::Str(text) => Value::text(&String::from_utf8_lossy(text)),
        plain::Value::List(items) | plain::Value::Tuple(items) => {
            Value::list(items.iter().map(into).collect::<Result<_, _>>()?)
        }
        _ => return Err("a kind of data that this language has not".to_owned()),
    })
}

/// Arguments as `perform` takes them: a pair of a list and of what is given by name, which is nothing here.
pub fn arguments(of: &[Value]) -> Result<Vec<u8>, String> {
    let items = of.iter().map(out).collect::<Result<_, _>>()?;
    let pair = vec![plain::Value::List(items), plain::Value::Dict(Vec::new())];
    Ok(plain::encode(&plain::Value::Tuple(pair)))
}

/// The positional arguments of such a pair.
pub fn positional(bytes: &[u8]) -> Result<Vec<plain::Value>, String> {
    match plain::decode(bytes) {
        Ok(plain::Value::Tuple(pair)) => match pair.as_slice() {
            [plain::Value::List(items), plain::Value::Dict(named)] if named.is_empty() => Ok(items.clone()),
            _ => Err("arguments by name, which this language has not".to_owned()),
        },
        Ok(_) => Err("no arguments".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Makes a value what it is after a call: lists stay the same lists, with other content.
pub fn update(value: &Value, new: &plain::Value) -> Result<Value, String> {
    let (Value::List(items), plain::Value::List(new)) = (value, new) else {
        return into(new);
    };
    let old = items.borrow().clone();
    let updated = new.iter().enumerate().map(|(at, new)| match old.get(at) {
        Some(old) => update(old, new),
        None => into(new),
    });
    let updated = updated.collect::<Result<Vec<_>, _>>()?;
    let kept: &Rc<RefCell<Vec<Value>>> = items;
    *kept.borrow_mut() = updated;
    Ok(value.clone())
}
