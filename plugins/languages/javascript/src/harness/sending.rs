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

#[derive(Default)]
struct Builtins {
    /// Functions by their address.
    paths: HashMap<u64, String>,
    /// Global names.
    names: HashSet<String>,
}

thread_local! {
    static BUILTINS: RefCell<Builtins> = RefCell::default();
}

/// Notes what the language brings, before any script has run.
pub(super) fn prepare() {
    let mut builtins = Builtins::default();
    let global = Value::global();
    for key in global.own_keys(true, false) {
        let name = key.text();
        let found = global.own(&key).data();
        builtins.names.insert(name.clone());
        let Some(found) = found.filter(Value::is_object) else {
            continue;
        };
        if name == "globalThis" || name == "global" {
            continue;
        }
        if found.is_callable() {
            builtins.paths.insert(found.address(), name.clone());
        }
        for key in found.own_keys(true, false) {
            let inner = found.own(&key).data().filter(Value::is_callable);
            if let Some(inner) = inner {
                let path = format!("{name}.{}", key.text());
                builtins.paths.entry(inner.address()).or_insert(path);
            }
        }
    }
    // Not the other way round: these are the tests' own on that side and the program's on this.
    for name in ["require", "module", "exports"] {
        builtins.names.remove(name);
    }
    BUILTINS.set(builtins);
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
    let path = BUILTINS.with_borrow(|builtins| builtins.paths.get(&value.address()).cloned());
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
        let builtin = BUILTINS.with_borrow(|builtins| builtins.names.contains(&name));
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
