//! The language's own functions.

use std::{
    collections::VecDeque,
    io::{Read as _, Write as _},
};

use falcon_sdk::language::{Stdin, Stdout};

use crate::{
    machine::Machine,
    read,
    stop::Stop,
    value::{Native, Value},
};

type Answer = Result<Value, Stop>;

/// Every function.
pub const ALL: [Native; 23] = [
    native("+", |_, given| {
        numbers(given, i64::checked_add, |a, b| a + b)
    }),
    native("-", |_, given| {
        numbers(given, i64::checked_sub, |a, b| a - b)
    }),
    native("*", |_, given| {
        numbers(given, i64::checked_mul, |a, b| a * b)
    }),
    native("/", |_, given| {
        let given = given.iter().map(as_float).collect::<Vec<_>>();
        numbers(&given, |_, _| None, |a, b| a / b)
    }),
    native("mod", |_, given| {
        numbers(given, i64::checked_rem_euclid, f64::rem_euclid)
    }),
    native("=", |_, given| match given {
        [a, b] => Ok(Value::Bool(a.is(b))),
        _ => wrong("=", "two values", given),
    }),
    native("<", |_, given| match given {
        [Value::Int(a), Value::Int(b)] => Ok(Value::Bool(a < b)),
        [Value::Text(a), Value::Text(b)] => Ok(Value::Bool(a < b)),
        [a, b] => match (as_float(a), as_float(b)) {
            (Value::Float(a), Value::Float(b)) => Ok(Value::Bool(a < b)),
            _ => wrong("<", "two numbers or two texts", given),
        },
        _ => wrong("<", "two values", given),
    }),
    native("not", |_, given| match given {
        [Value::Bool(truth)] => Ok(Value::Bool(!truth)),
        _ => wrong("not", "a bool", given),
    }),
    native("list", |_, given| Ok(Value::list(given.to_vec()))),
    native("len", |_, given| match given {
        [Value::List(items)] => int(items.borrow().len()),
        [Value::Text(text)] => int(text.chars().count()),
        _ => wrong("len", "a list or a text", given),
    }),
    native("get", |_, given| match given {
        [Value::List(items), Value::Int(at)] => {
            let items = items.borrow();
            let item = usize::try_from(*at).ok().and_then(|at| items.get(at));
            item.cloned().ok_or_else(|| outside(*at, items.len()))
        }
        _ => wrong("get", "a list and a place", given),
    }),
    native("put", |_, given| match given {
        [Value::List(items), Value::Int(at), value] => {
            let mut items = items.borrow_mut();
            let length = items.len();
            let place = usize::try_from(*at).ok().and_then(|at| items.get_mut(at));
            *place.ok_or_else(|| outside(*at, length))? = value.clone();
            Ok(Value::None)
        }
        _ => wrong("put", "a list, a place and a value", given),
    }),
    native("push", |_, given| match given {
        [Value::List(items), value] => {
            items.borrow_mut().push(value.clone());
            Ok(Value::None)
        }
        _ => wrong("push", "a list and a value", given),
    }),
    native("pop", |_, given| match given {
        [Value::List(items)] => {
            let last = items.borrow_mut().pop();
            last.ok_or_else(|| Stop::error("pop of an empty list"))
        }
        _ => wrong("pop", "a list", given),
    }),
    native("join", |_, given| {
        let texts: Vec<String> = given.iter().map(ToString::to_string).collect();
        Ok(Value::text(&texts.concat()))
    }),
    native("number", |_, given| match given {
        [Value::Text(text)] => read::number(text.trim())
            .ok_or_else(|| Stop::error(format!("{text:?} is no number"))),
        _ => wrong("number", "a text", given),
    }),
    native("type", |_, given| match given {
        [value] => Ok(Value::text(value.kind())),
        _ => wrong("type", "a value", given),
    }),
    native("print", |_, given| {
        let texts: Vec<String> = given.iter().map(ToString::to_string).collect();
        write(&(texts.join(" ") + "\n"))
    }),
    native("write", |_, given| {
        let texts: Vec<String> = given.iter().map(ToString::to_string).collect();
        write(&texts.concat())
    }),
    native("read-line", |machine, _| Ok(machine.input.line())),
    native("arguments", |machine, _| {
        let arguments = machine.arguments.iter();
        Ok(Value::list(arguments.map(|text| Value::text(text)).collect()))
    }),
    native("exit", |_, given| match given {
        [Value::Int(code)] => Err(Stop::Exit(i32::try_from(*code).unwrap_or(1))),
        _ => wrong("exit", "a code", given),
    }),
    native("raise", |_, given| match given {
        [message] => Err(Stop::error(message.to_string())),
        _ => wrong("raise", "a message", given),
    }),
];

const fn native(name: &'static str, call: fn(&mut Machine, &[Value]) -> Answer) -> Native {
    Native { name, call }
}

fn numbers(
    given: &[Value],
    of_ints: fn(i64, i64) -> Option<i64>,
    of_floats: fn(f64, f64) -> f64,
) -> Answer {
    match given {
        [Value::Int(a), Value::Int(b)] => of_ints(*a, *b)
            .map(Value::Int)
            .ok_or_else(|| Stop::error(format!("{a} and {b} have no result that is an int"))),
        [a, b] => match (as_float(a), as_float(b)) {
            (Value::Float(a), Value::Float(b)) => Ok(Value::Float(of_floats(a, b))),
            _ => wrong("arithmetic", "two numbers", given),
        },
        _ => wrong("arithmetic", "two numbers", given),
    }
}

fn as_float(value: &Value) -> Value {
    match value {
        Value::Int(number) => Value::Float(*number as f64),
        other => other.clone(),
    }
}

fn int(length: usize) -> Answer {
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn outside(at: i64, length: usize) -> Stop {
    Stop::error(format!("place {at} of a list of {length}"))
}

fn wrong(word: &str, wanted: &str, given: &[Value]) -> Answer {
    let given: Vec<&str> = given.iter().map(Value::kind).collect();
    Err(Stop::error(format!(
        "{word} takes {wanted}, and is given ({})",
        given.join(" ")
    )))
}

fn write(text: &str) -> Answer {
    let written = Stdout.write_all(text.as_bytes());
    written.map_err(|error| Stop::error(error.to_string()))?;
    Ok(Value::None)
}

/// Standard input, line by line.
#[derive(Default)]
pub struct Input {
    /// Lines that are not read yet; none before the first.
    lines: Option<VecDeque<String>>,
}

impl Input {
    fn line(&mut self) -> Value {
        let lines = self.lines.get_or_insert_with(|| {
            let mut all = Vec::new();
            // What cannot be read is not there.
            let _ = Stdin.read_to_end(&mut all);
            let text = String::from_utf8_lossy(&all);
            text.lines().map(str::to_owned).collect()
        });
        lines.pop_front().map_or(Value::None, |line| Value::text(&line))
    }
}
