//! What the program raised, as the tests can catch it.

use std::{cell::RefCell, collections::HashMap};

use falcon_sdk::language::Raised;

use super::{link::with, names::ERRORS};
use crate::engine::{self, Thrown, Value};

/// Makes an error of a class under `base`, by the names of the classes that no one here knows.
const MAKE: &str = "(function (base, names, message, name) {
  let kind = base;
  for (const name of names) kind = { [name]: class extends kind {} }[name];
  const error = Reflect.construct(Error, [message], kind);
  if (name !== undefined) Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true });
  return error;
})";

thread_local! {
    static MAKER: RefCell<Option<Value>> = const { RefCell::new(None) };
    static CLASSES: RefCell<HashMap<String, Value>> = RefCell::default();
}

/// Prepares the classes that the tests know: JavaScript's, and one for each of the reference's own.
pub(super) fn prepare(own: &[(String, String)]) -> Result<(), Thrown> {
    let maker = engine::own_script(MAKE, c"harness.js")?;
    MAKER.set(Some(maker));
    let global = Value::global();
    for name in ERRORS {
        let class = global.get_name(name)?;
        CLASSES.with_borrow_mut(|classes| classes.insert(name.to_owned(), class));
    }
    for (name, base) in own {
        let base = CLASSES.with_borrow(|classes| classes.get(base).cloned());
        let make = engine::own_script(
            "(function (name, base) { return { [name]: class extends base {} }[name]; })",
            c"harness.js",
        )?;
        let base = base.unwrap_or_else(Value::undefined);
        let class = make.call(&Value::undefined(), &[Value::utf8(name)?, base])?;
        global.define(name, &class, false)?;
        CLASSES.with_borrow_mut(|classes| classes.insert(name.clone(), class));
    }
    Ok(())
}

/// What stands for an exception of the program. A primitive that it threw is thrown as one.
pub(super) fn thrown(raised: Raised) -> Thrown {
    let made = primitive(&raised).map_or_else(|| error(&raised), Ok);
    match made {
        Ok(value) => {
            let address = value.address();
            with(|link| link.raised.insert(address, (value.clone(), raised)));
            Thrown::value(value)
        }
        Err(thrown) => thrown,
    }
}

fn primitive(raised: &Raised) -> Option<Value> {
    let text = &raised.message;
    Some(match raised.types.first()?.as_str() {
        "string" => Value::utf8(text).ok()?,
        "number" => Value::number(text.parse().unwrap_or(f64::NAN)),
        "boolean" => Value::bool(text == "true"),
        "undefined" => Value::undefined(),
        "null" => Value::null(),
        _ => return None,
    })
}

fn error(raised: &Raised) -> Result<Value, Thrown> {
    let known = |name: &String| CLASSES.with_borrow(|classes| classes.get(name).cloned());
    let at = raised.types.iter().position(|name| known(name).is_some());
    let at = at.unwrap_or(raised.types.len());
    let usual = || known(&"Error".to_owned()).unwrap_or_else(Value::undefined);
    let base = raised.types.get(at).and_then(known).unwrap_or_else(usual);
    let names = Value::array()?;
    for (index, name) in (0..).zip(raised.types[..at].iter().rev()) {
        names.set_index(index, &Value::utf8(name)?)?;
    }
    let maker = MAKER
        .with_borrow(Clone::clone)
        .unwrap_or_else(Value::undefined);
    let message = Value::utf8(&raised.message)?;
    // A class of the program's own is what its errors are named after.
    let first = raised
        .types
        .first()
        .filter(|name| !ERRORS.contains(&name.as_str()));
    let name = first.map_or_else(|| Ok(Value::undefined()), |name| Value::utf8(name))?;
    maker.call(&Value::undefined(), &[base, names, message, name])
}
