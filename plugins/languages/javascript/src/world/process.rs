//! `process`: made when it is first asked for.

use std::cell::{Cell, RefCell};

use super::{events::later, output, require};
use crate::engine::{self, Class, Kind, Thrown, Value};

thread_local! {
    static ARGUMENTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static PROCESS: RefCell<Option<Value>> = const { RefCell::new(None) };
    /// What `process.exit` was given.
    static EXIT: Cell<Option<i32>> = const { Cell::new(None) };
}

pub(super) fn install(global: &Value, arguments: &[String]) {
    ARGUMENTS.set(arguments.to_vec());
    let getter = engine::function("process", 0, |_, _| process(), false);
    let _ = global.define_getter("process", &getter);
}

/// The exit code that the program asked for, if it did.
pub(crate) fn exit_code() -> Option<i32> {
    EXIT.get().or_else(|| {
        let process = PROCESS.with_borrow(Clone::clone)?;
        let code = process.own_name("exitCode").data()?;
        (code.kind() == Kind::Number).then(|| code.to_number() as i32)
    })
}

pub(super) fn process() -> Result<Value, Thrown> {
    if let Some(made) = PROCESS.with_borrow(Clone::clone) {
        return Ok(made);
    }
    let process = Value::object()?;
    PROCESS.set(Some(process.clone()));
    let argv = Value::array()?;
    let arguments = ARGUMENTS.with_borrow(Clone::clone);
    let names = ["node".to_owned(), "program.js".to_owned()];
    for (at, one) in (0..).zip(names.iter().chain(&arguments)) {
        argv.set_index(at, &Value::utf8(one)?)?;
    }
    process.define("argv", &argv, true)?;
    process.define("env", &Value::object()?, true)?;
    process.define("platform", &Value::str("linux"), true)?;
    process.define("version", &Value::str("v20.0.0"), true)?;
    process.define("pid", &Value::number(1.0), true)?;
    process.define("exitCode", &Value::undefined(), true)?;
    process.define("stdout", &stream(1)?, true)?;
    process.define("stderr", &stream(2)?, true)?;
    let stdin = engine::function("stdin", 0, |_, _| require::module("stdin"), false);
    process.define_getter("stdin", &stdin)?;
    process.define_function("exit", 1, exit);
    process.define_function("nextTick", 1, |_, arguments| {
        engine::enqueue(arguments)?;
        Ok(Value::undefined())
    });
    process.define_function("cwd", 0, |_, _| Value::utf8("/"));
    process.define_function("uptime", 0, |_, _| {
        Ok(Value::number(engine::now() / 1000.0))
    });
    process.define_function("memoryUsage", 0, |_, _| {
        let usage = Value::object()?;
        for name in ["rss", "heapTotal", "heapUsed"] {
            usage.define(name, &Value::number(0.0), true)?;
        }
        Ok(usage)
    });
    let hrtime = engine::function("hrtime", 1, hrtime, false);
    hrtime.define_function("bigint", 0, |_, _| {
        let now = (engine::now() * 1e6) as u64;
        Value::bigint(&[now as u32, (now >> 32) as u32, 0])
    });
    process.define("hrtime", &hrtime, true)?;
    for name in ["on", "once", "off", "emitWarning"] {
        process.define_function(name, 2, |this, _| Ok(this.clone()));
    }
    Ok(process)
}

fn exit(_: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let code = match arguments.first() {
        Some(code) if !code.is_undefined() => code.to_number() as i32,
        _ => exit_code().unwrap_or(0),
    };
    EXIT.set(Some(code));
    Err(Thrown::for_good())
}

fn hrtime(_: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let before = |at| {
        let part = arguments
            .first()
            .and_then(|before| before.own_index(at).data());
        part.map_or(0.0, |part| part.to_number())
    };
    let now = engine::now() - before(0) * 1e3 - before(1) / 1e6;
    let pair = Value::array()?;
    pair.set_index(0, &Value::number((now / 1e3).floor()))?;
    pair.set_index(1, &Value::number((now.rem_euclid(1e3) * 1e6).floor()))?;
    Ok(pair)
}

fn stream(descriptor: i32) -> Result<Value, Thrown> {
    let stream = Value::object()?;
    let write = if descriptor == 1 {
        |_: &Value, arguments: &[Value]| written(1, arguments)
    } else {
        |_: &Value, arguments: &[Value]| written(2, arguments)
    };
    stream.define_function("write", 1, write);
    stream.define_function("end", 0, write);
    for name in ["on", "once", "off", "cork", "uncork"] {
        stream.define_function(name, 2, |this, _| Ok(this.clone()));
    }
    stream.define("isTTY", &Value::bool(false), true)?;
    Ok(stream)
}

fn written(descriptor: i32, arguments: &[Value]) -> Result<Value, Thrown> {
    match arguments.first() {
        None => {}
        Some(text) if text.kind() == Kind::String => {
            output::put(descriptor, &text.bytes().unwrap_or_default());
        }
        Some(bytes) if bytes.kind() == Kind::TypedArray => {
            output::put(descriptor, &bytes.typed_array_parts().2);
        }
        Some(undefined) if undefined.is_undefined() => {}
        Some(_) => {
            let message = "The \"chunk\" argument must be of type string or an instance of Buffer";
            return Err(Thrown::new(Class::TypeError, message));
        }
    }
    if let Some(then) = arguments.iter().skip(1).find(|one| one.is_callable()) {
        later(vec![then.clone()], 0.0, None)?;
    }
    Ok(Value::bool(true))
}
