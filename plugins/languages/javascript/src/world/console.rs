//! `console`: values as people read them, to standard output and error.

use std::{cell::Cell, cell::RefCell, collections::HashMap};

use super::output::put;
use crate::{
    engine::{Thrown, Value},
    inspect::{self, Style},
};

thread_local! {
    /// What `console.group` indents by.
    static INDENTATION: Cell<usize> = const { Cell::new(0) };
    static COUNTS: RefCell<HashMap<String, u64>> = RefCell::default();
}

pub(super) fn console() -> Value {
    let console = Value::object().unwrap_or_else(|thrown| thrown.value);
    for name in ["log", "info", "debug"] {
        console.define_function(name, 0, |_, arguments| line(1, arguments));
    }
    for name in ["error", "warn", "trace"] {
        console.define_function(name, 0, |_, arguments| line(2, arguments));
    }
    console.define_function("assert", 0, assert);
    console.define_function("table", 1, |_, arguments| line(1, arguments));
    console.define_function("dir", 1, |_, arguments| {
        line(1, &arguments[..arguments.len().min(1)])
    });
    for name in ["group", "groupCollapsed"] {
        console.define_function(name, 0, |_, arguments| {
            if !arguments.is_empty() {
                line(1, arguments)?;
            }
            INDENTATION.set(INDENTATION.get() + 2);
            Ok(Value::undefined())
        });
    }
    console.define_function("groupEnd", 0, |_, _| {
        INDENTATION.set(INDENTATION.get().saturating_sub(2));
        Ok(Value::undefined())
    });
    console.define_function("count", 0, count);
    for name in ["time", "timeLog", "timeEnd", "countReset"] {
        console.define_function(name, 0, |_, _| Ok(Value::undefined()));
    }
    console
}

fn line(descriptor: i32, arguments: &[Value]) -> Result<Value, Thrown> {
    let text = inspect::format(arguments);
    let indentation = INDENTATION.get().min(1000);
    if indentation == 0 {
        put(descriptor, &text);
    } else {
        let margin = vec![b' '; indentation];
        for (at, part) in text.split(|byte| *byte == b'\n').enumerate() {
            if at > 0 {
                put(descriptor, b"\n");
            }
            put(descriptor, &margin);
            put(descriptor, part);
        }
    }
    put(descriptor, b"\n");
    Ok(Value::undefined())
}

fn assert(_: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let holds = arguments.first().is_some_and(Value::to_bool);
    if !holds {
        let mut said = vec![Value::str("Assertion failed")];
        if let [_, first, ..] = arguments {
            let text = inspect::format(&arguments[1..]);
            let _ = first;
            said = vec![Value::str(&format!(
                "Assertion failed: {}",
                String::from_utf8_lossy(&text)
            ))];
        }
        line(2, &said)?;
    }
    Ok(Value::undefined())
}

fn count(_: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let label = arguments.first().filter(|label| !label.is_undefined());
    let label = label.map_or_else(
        || "default".to_owned(),
        |label| match label.kind().is_primitive() {
            true => inspect::shown(label, 200).trim_matches('\'').to_owned(),
            false => inspect::inspect(label, Style::default()),
        },
    );
    let number = COUNTS.with_borrow_mut(|counts| {
        let number = counts.entry(label.clone()).or_default();
        *number += 1;
        *number
    });
    line(1, &[Value::utf8(&format!("{label}: {number}"))?])
}
