//! What tests may pass to a program beside plain data: its own objects and names, the language's
//! functions, and functions of the tests that depend on nothing else.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
};

use falcon_sdk::language::value::Value as Plain;

use super::handles::{Target, target_of};
use crate::{
    data::{NotPlain, type_name},
    engine::{Kind, Value},
};

thread_local! {
    /// Global names of the language.
    static NAMES: RefCell<HashSet<String>> = RefCell::default();
    /// Its functions by their address, once one is asked for.
    static PATHS: RefCell<Option<HashMap<u64, String>>> = const { RefCell::new(None) };
}

/// Notes what the language brings, before any script has run.
pub(super) fn prepare() {
    let keys = Value::global().own_keys(true, false);
    let mut names: HashSet<String> = keys.iter().map(Value::text).collect();
    // These are the tests' own on that side and the program's on this.
    for name in ["require", "module", "exports", "global", "globalThis"] {
        names.remove(name);
    }
    NAMES.set(names);
}

/// The name by which the language calls a function: `Math.max`.
fn path_of(function: &Value) -> Option<String> {
    if PATHS.with_borrow(Option::is_none) {
        let found = paths();
        PATHS.set(Some(found));
    }
    PATHS.with_borrow(|paths| paths.as_ref()?.get(&function.address()).cloned())
}

fn paths() -> HashMap<u64, String> {
    let mut paths = HashMap::new();
    let global = Value::global();
    for key in global.own_keys(true, false) {
        let name = key.text();
        let found = global.own(&key).data().filter(Value::is_object);
        let Some(found) = found.filter(|_| NAMES.with_borrow(|names| names.contains(&name))) else {
            continue;
        };
        if found.is_callable() {
            paths.insert(found.address(), name.clone());
        }
        for key in found.own_keys(true, false) {
            if let Some(inner) = found.own(&key).data().filter(Value::is_callable) {
                let path = format!("{name}.{}", key.text());
                paths.entry(inner.address()).or_insert(path);
            }
        }
    }
    paths
}

/// How a value that is not plain data crosses to the program.
pub(super) fn other(value: &Value) -> Result<Plain, NotPlain> {
    let known = |name: &str, content| Ok(Plain::Known(name.to_owned(), Box::new(content)));
    match target_of(value) {
        Some(Target::Name(name)) => return known("global", Plain::Str(name.into_bytes())),
        Some(Target::Object {
            number,
            kind,
            callable,
        }) => {
            let parts = vec![
                Plain::Handle(number),
                Plain::Str(kind.into_bytes()),
                Plain::Bool(callable),
            ];
            return known("object", Plain::Tuple(parts));
        }
        None => {}
    }
    let path = value.is_callable().then(|| path_of(value)).flatten();
    if let Some(path) = path {
        return known("builtin", Plain::Str(path.into_bytes()));
    }
    if value.kind() == Kind::Function {
        return known("function", Plain::Str(portable(value)?.into_bytes()));
    }
    Err(NotPlain::new(format!(
        "a value of type {}",
        type_name(value)
    )))
}

/// The source of a function that depends on nothing but what the language brings.
fn portable(function: &Value) -> Result<String, NotPlain> {
    let called = function.function_name().filter(|name| !name.is_empty());
    let called = called.unwrap_or_else(|| "a function".to_owned());
    for index in 0.. {
        let Some((name, global)) = function.outer_name(index) else {
            break;
        };
        let builtin = NAMES.with_borrow(|names| names.contains(&name));
        if !(global && builtin) {
            return Err(NotPlain::new(format!(
                "{called}, which depends on {name} of the test program"
            )));
        }
    }
    function
        .source()
        .ok_or_else(|| NotPlain::new(format!("{called}, which has no source")))
}
