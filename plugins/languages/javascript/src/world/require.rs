//! `require`: the modules that there are, each compiled when it is first asked for.

use std::{cell::RefCell, collections::HashMap};

use super::{process, tools};
use crate::engine::{self, Class, Kind, Thrown, Value};

/// The modules in JavaScript: a function of the tools and of `require`, which gives what is exported.
const SOURCES: [(&str, &str); 10] = [
    ("assert", include_str!("modules/assert.js")),
    ("buffer", include_str!("modules/buffer.js")),
    ("crypto", include_str!("modules/crypto.js")),
    ("events", include_str!("modules/events.js")),
    ("fs", include_str!("modules/fs.js")),
    ("os", include_str!("modules/os.js")),
    ("path", include_str!("modules/path.js")),
    ("readline", include_str!("modules/readline.js")),
    ("stdin", include_str!("modules/stdin.js")),
    ("util", include_str!("modules/util.js")),
];

thread_local! {
    static LOADED: RefCell<HashMap<String, Value>> = RefCell::default();
}

pub(super) fn install(global: &Value) {
    let require = engine::function("require", 1, |_, arguments| require(arguments), false);
    let _ = global.define("require", &require, false);
    let module = Value::object().unwrap_or_else(|thrown| thrown.value);
    let exports = Value::object().unwrap_or_else(|thrown| thrown.value);
    let _ = module.define("exports", &exports, true);
    let _ = global.define("module", &module, false);
    let _ = global.define("exports", &exports, false);
    // `require.main === module` is how a script asks whether it is the program.
    let _ = require.define("main", &module, true);
    let buffer = engine::function("Buffer", 0, |_, _| module_part("buffer", "Buffer"), false);
    let _ = global.define_getter("Buffer", &buffer);
    let encoder = engine::function(
        "TextEncoder",
        0,
        |_, _| module_part("util", "TextEncoder"),
        false,
    );
    let _ = global.define_getter("TextEncoder", &encoder);
    let decoder = engine::function(
        "TextDecoder",
        0,
        |_, _| module_part("util", "TextDecoder"),
        false,
    );
    let _ = global.define_getter("TextDecoder", &decoder);
}

fn module_part(name: &str, part: &str) -> Result<Value, Thrown> {
    module(name)?.get_name(part)
}

/// What `require` gives for this name from now on.
pub(crate) fn provide(name: &str, value: Value) {
    LOADED.with_borrow_mut(|loaded| loaded.insert(name.to_owned(), value));
}

fn require(arguments: &[Value]) -> Result<Value, Thrown> {
    let name = arguments.first().filter(|name| name.kind() == Kind::String);
    let name = name.map(Value::text).ok_or_else(|| {
        Thrown::new(
            Class::TypeError,
            "The \"id\" argument must be of type string",
        )
    })?;
    let known = name.strip_prefix("node:").unwrap_or(&name);
    match known {
        "process" => process::process(),
        "console" => Value::global().get_name("console"),
        "stdin" => Err(missing(&name)),
        "perf_hooks" | "timers" | "timers/promises" => collected(known),
        "assert/strict" => module_part("assert", "strict"),
        "readline/promises" => module_part("readline", "promises"),
        "fs/promises" => module_part("fs", "promises"),
        known => module(known),
    }
}

/// A module whose exports are global names.
fn collected(name: &str) -> Result<Value, Thrown> {
    if name == "timers/promises" {
        return module_part("util", "timers");
    }
    let exports = Value::object()?;
    let names: &[&str] = match name {
        "perf_hooks" => &["performance"],
        _ => &[
            "setTimeout",
            "setInterval",
            "setImmediate",
            "clearTimeout",
            "clearInterval",
            "clearImmediate",
        ],
    };
    for name in names {
        exports.define(name, &Value::global().get_name(name)?, true)?;
    }
    Ok(exports)
}

/// A module of ours.
pub(crate) fn module(name: &str) -> Result<Value, Thrown> {
    if let Some(loaded) = LOADED.with_borrow(|loaded| loaded.get(name).cloned()) {
        return Ok(loaded);
    }
    let source = SOURCES
        .iter()
        .find(|(one, _)| *one == name)
        .map(|(_, source)| *source);
    let source = source.ok_or_else(|| missing(name))?;
    let make = engine::own_script(source, c"module.js")?;
    let require = engine::function("require", 1, |_, arguments| require(arguments), false);
    let exports = make.call(&Value::undefined(), &[tools::tools()?, require])?;
    LOADED.with_borrow_mut(|loaded| loaded.insert(name.to_owned(), exports.clone()));
    Ok(exports)
}

fn missing(name: &str) -> Thrown {
    let there = "assert, buffer, console, crypto, events, fs, os, path, perf_hooks, process, readline, timers, util";
    let message = format!("Cannot find module '{name}' (there are: {there})");
    let error = Value::error(Class::Error, &message);
    let _ = error.define("code", &Value::str("MODULE_NOT_FOUND"), true);
    Thrown::value(error)
}
