//! What stands on the test side for the program's names and objects.
//!
//! Both are proxies of the engine, whose traps are ours. A handle can be called where the object can, have
//! properties read and set, be iterated by its own iterator, and be passed back. It is never an
//! answer: what would convert, compare, list or inspect it refuses, so an object that claims to equal
//! everything has nothing to say here.

use std::{cell::RefCell, collections::HashMap};

use falcon_sdk::language::{Operation, value::Value as Plain};

use super::{
    link::{Use, carry, refuse},
    views,
};
use crate::{
    data::Malformed,
    engine::{self, Class, Kind, Thrown, Value},
};

/// `bind` for a proxy, since the language's own looks at properties that no handle has.
const BIND: &str = "(function (f) {
  return function bind(self, ...first) { return (...rest) => Reflect.apply(f, self, [...first, ...rest]); };
})";

/// What a proxy stands for.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// One of the program's own names.
    Name(String),
    /// An object of the program.
    Object {
        number: u32,
        kind: String,
        callable: bool,
    },
}

#[derive(Default)]
struct Handles {
    handler: Option<Value>,
    /// By the address of what is behind the proxy.
    targets: HashMap<u64, Target>,
    /// By the address of the proxy.
    proxies: HashMap<u64, Target>,
    /// One proxy an object, so that an object is itself.
    by_number: HashMap<u32, Value>,
}

thread_local! {
    static HANDLES: RefCell<Handles> = RefCell::default();
}

/// What a value stands for, if it is a proxy of ours.
pub(super) fn target_of(value: &Value) -> Option<Target> {
    HANDLES.with_borrow(|handles| handles.proxies.get(&value.address()).cloned())
}

/// Refuses handles among the values that an assertion is about.
pub(super) fn refuse_among(values: &[Value]) -> Result<(), Thrown> {
    for value in values {
        if value.kind() == Kind::Proxy
            && let Some(target) = target_of(value)
        {
            return Err(refuse_target(&target));
        }
    }
    Ok(())
}

/// How a handle is shown.
pub(super) fn shown(value: &Value) -> Option<String> {
    Some(match target_of(value)? {
        Target::Name(name) => format!("[the program's {name}]"),
        Target::Object { kind, .. } => format!("[object of the program: {kind}]"),
    })
}

fn refuse_target(target: &Target) -> Thrown {
    match target {
        Target::Name(name) => refuse(&format!("the tests use {name} itself for an answer")),
        Target::Object { kind, .. } => refuse(&format!(
            "returned a value of type {kind}, which is not plain data"
        )),
    }
}

/// The proxy of one of the program's names.
pub(super) fn name(name: &str) -> Result<Value, Thrown> {
    proxy(Target::Name(name.to_owned()), true)
}

/// Makes a proxy of what crossed as a handle.
pub(super) fn known(name: &str, content: &Plain) -> Result<Value, Malformed> {
    let wrong = || Malformed::Data(format!("malformed content of the type {name}"));
    let ("object", Plain::Tuple(parts)) = (name, content) else {
        return Err(wrong());
    };
    let [
        Plain::Handle(number),
        Plain::Str(kind),
        Plain::Bool(callable),
    ] = &parts[..]
    else {
        return Err(wrong());
    };
    if let Some(made) = HANDLES.with_borrow(|handles| handles.by_number.get(number).cloned()) {
        return Ok(made);
    }
    let target = Target::Object {
        number: *number,
        kind: String::from_utf8_lossy(kind).into_owned(),
        callable: *callable,
    };
    let made = proxy(target, *callable)?;
    HANDLES.with_borrow_mut(|handles| handles.by_number.insert(*number, made.clone()));
    Ok(made)
}

fn proxy(target: Target, callable: bool) -> Result<Value, Thrown> {
    let handler = match HANDLES.with_borrow(|handles| handles.handler.clone()) {
        Some(handler) => handler,
        None => {
            let made = handler()?;
            HANDLES.with_borrow_mut(|handles| handles.handler = Some(made.clone()));
            made
        }
    };
    let behind = if callable {
        engine::function("", 0, |_, _| Ok(Value::undefined()), true)
    } else {
        Value::bare_object()?
    };
    let made = Value::proxy(&behind, &handler)?;
    HANDLES.with_borrow_mut(|handles| {
        // The proxy keeps what is behind it, and `by_number` or the tests' names keep the proxy.
        handles.targets.insert(behind.address(), target.clone());
        handles.proxies.insert(made.address(), target);
    });
    std::mem::forget(made.clone());
    Ok(made)
}

fn handler() -> Result<Value, Thrown> {
    let handler = Value::bare_object()?;
    handler.define_function("get", 3, get);
    handler.define_function("set", 4, set);
    handler.define_function("apply", 3, apply);
    handler.define_function("construct", 3, construct);
    for name in [
        "has",
        "deleteProperty",
        "ownKeys",
        "getOwnPropertyDescriptor",
        "defineProperty",
        "getPrototypeOf",
        "setPrototypeOf",
        "isExtensible",
        "preventExtensions",
    ] {
        handler.define_function(name, 2, |_, arguments| {
            Err(refuse_target(&behind(arguments)?))
        });
    }
    Ok(handler)
}

/// What the trap is about.
fn behind(arguments: &[Value]) -> Result<Target, Thrown> {
    let address = arguments.first().map_or(0, Value::address);
    let target = HANDLES.with_borrow(|handles| handles.targets.get(&address).cloned());
    target.ok_or_else(|| Thrown::new(Class::TypeError, "no object of the program"))
}

/// The name that a key crosses by.
fn key_name(key: Option<&Value>, target: &Target) -> Result<String, Thrown> {
    let key = key.ok_or_else(|| refuse_target(target))?;
    if key.kind() == Kind::Symbol {
        return match key.symbol_text().text().as_str() {
            "Symbol.iterator" => Ok("@@iterator".to_owned()),
            "Symbol.asyncIterator" => Ok("@@asyncIterator".to_owned()),
            _ => Err(refuse_target(target)),
        };
    }
    Ok(key.text())
}

fn get(_: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let target = behind(arguments)?;
    let name = key_name(arguments.get(1), &target)?;
    let callable = matches!(
        target,
        Target::Name(_) | Target::Object { callable: true, .. }
    );
    match name.as_str() {
        // A handle is waited for as it is: it is no promise of the tests.
        "then" => return Ok(Value::undefined()),
        "toJSON" => return Err(refuse_target(&target)),
        "call" | "apply" if callable => {
            return Value::global()
                .get_name("Function")?
                .get_name("prototype")?
                .get_name(&name);
        }
        "bind" if callable => {
            let receiver = arguments.get(2).cloned().unwrap_or_else(Value::undefined);
            return engine::own_script(BIND, c"harness.js")?.call(&Value::undefined(), &[receiver]);
        }
        _ => {}
    }
    let number = match &target {
        Target::Object { number, .. } => *number,
        Target::Name(global) => {
            let value = carry(&Operation::GetGlobal(global.clone()), &Use::default())?;
            match target_of(&value) {
                Some(Target::Object { number, .. }) => number,
                _ => return value.get_name(&name),
            }
        }
    };
    let operation = Operation::GetAttribute((number, name.clone()));
    let found = carry(
        &operation,
        &Use {
            on_handle: true,
            ..Use::default()
        },
    )?;
    if name.starts_with("@@") && found.is_undefined() {
        return Err(refuse_target(&target));
    }
    views::kept(number, &name, found)
}

fn set(_: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let target = behind(arguments)?;
    let name = key_name(arguments.get(1), &target)?;
    let number = match target {
        Target::Object { number, .. } => number,
        Target::Name(global) => {
            let value = carry(&Operation::GetGlobal(global), &Use::default())?;
            match target_of(&value) {
                Some(Target::Object { number, .. }) => number,
                _ => return Ok(Value::bool(false)),
            }
        }
    };
    let value = arguments.get(2).cloned().unwrap_or_else(Value::undefined);
    views::forget(number, &name);
    let operation = Operation::SetAttribute((number, name));
    carry(
        &operation,
        &Use {
            arguments: &[value],
            ..Use::default()
        },
    )?;
    Ok(Value::bool(true))
}

fn elements(list: Option<&Value>) -> Vec<Value> {
    let Some(list) = list else {
        return Vec::new();
    };
    let items = (0..list.array_length()).map(|at| list.own_index(at).data());
    items
        .map(|item| item.unwrap_or_else(Value::undefined))
        .collect()
}

fn apply(_: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let target = behind(arguments)?;
    let given = elements(arguments.get(2));
    let of_program = |this: &&Value| target_of(this).is_some();
    let how = Use {
        arguments: &given,
        this: arguments.get(1).filter(of_program),
        on_handle: matches!(target, Target::Object { .. }),
        ..Use::default()
    };
    carry(&call_of(target), &how)
}

fn construct(_: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let target = behind(arguments)?;
    let given = elements(arguments.get(1));
    let how = Use {
        arguments: &given,
        constructs: true,
        on_handle: matches!(target, Target::Object { .. }),
        ..Use::default()
    };
    let made = carry(&call_of(target), &how)?;
    if made.is_object() {
        return Ok(made);
    }
    Err(refuse("its constructor made no object"))
}

fn call_of(target: Target) -> Operation {
    match target {
        Target::Name(name) => Operation::Call(name),
        Target::Object { number, .. } => Operation::CallHandle(number),
    }
}
