//! What our modules in JavaScript cannot do by themselves.

use std::cell::{Cell, RefCell};

use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::{events::later, files};
use crate::{
    engine::{self, Class, Kind, Thrown, Value},
    equal,
    inspect::{self, Style},
};

thread_local! {
    static TOOLS: RefCell<Option<Value>> = const { RefCell::new(None) };
    static CHECK: Cell<Check> = const { Cell::new(accept) };
}

/// What sees the values that an assertion is about before it does.
type Check = fn(&[Value]) -> Result<(), Thrown>;

fn accept(_: &[Value]) -> Result<(), Thrown> {
    Ok(())
}

/// Lets the test side see the values that assertions are about.
pub(crate) fn check_values(by: Check) {
    CHECK.set(by);
}

/// Lets the test side see values that lie in those that an assertion is about.
pub(crate) fn look_at(values: &[Value]) -> Result<(), Thrown> {
    CHECK.get()(values)
}

/// The tools, one object for all modules.
pub(crate) fn tools() -> Result<Value, Thrown> {
    if let Some(made) = TOOLS.with_borrow(Clone::clone) {
        return Ok(made);
    }
    let tools = Value::object()?;
    TOOLS.set(Some(tools.clone()));
    tools.define_function("check", 2, |_, values| {
        CHECK.get()(values)?;
        Ok(Value::undefined())
    });
    tools.define_function("equal", 3, |_, arguments| {
        let [a, b, strict] = arguments else {
            return Ok(Value::bool(false));
        };
        CHECK.get()(&arguments[..2])?;
        Ok(Value::bool(equal::deeply(a, b, strict.to_bool())?))
    });
    tools.define_function("inspect", 4, |_, arguments| {
        let number = |at: usize, usual: usize| match arguments.get(at).map(Value::to_number) {
            Some(number) if number >= 0.0 => (number.min(1e9)) as usize,
            _ => usual,
        };
        let usual = Style::default();
        let style = Style {
            depth: number(1, usual.depth),
            line: number(2, usual.line),
            compact: number(3, usual.compact),
        };
        Value::wtf8(inspect::inspect(&one(arguments), style).as_bytes())
    });
    tools.define_function("format", 0, |_, arguments| {
        Value::wtf8(&inspect::format(arguments))
    });
    tools.define_function("readAll", 0, |_, _| {
        let bytes = engine::read_all();
        Value::typed_array(2, &Value::buffer(&bytes)?)
    });
    tools.define_function("decode", 1, |_, arguments| {
        let value = one(arguments);
        let bytes = match value.kind() {
            Kind::TypedArray => value.typed_array_parts().2,
            Kind::ArrayBuffer => value.buffer_bytes(),
            _ => return Err(Thrown::new(Class::TypeError, "expected bytes")),
        };
        Value::utf8(&String::from_utf8_lossy(&bytes))
    });
    tools.define_function("encode", 1, |_, arguments| {
        let text = one(arguments);
        if text.kind() != Kind::String {
            return Err(Thrown::new(Class::TypeError, "expected a string"));
        }
        let bytes = text.bytes().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        Value::typed_array(2, &Value::buffer(text.as_bytes())?)
    });
    tools.define_function("hash", 2, |_, arguments| hash(arguments));
    files::define(&tools)?;
    tools.define_function("later", 1, |_, arguments| {
        later(arguments.to_vec(), 0.0, None)
    });
    Ok(tools)
}

/// The hash of some bytes, by the name of the algorithm.
fn hash(arguments: &[Value]) -> Result<Value, Thrown> {
    let (name, data) = (
        one(arguments).text(),
        one(&arguments[1.min(arguments.len())..]),
    );
    if data.kind() != Kind::TypedArray {
        return Err(Thrown::new(Class::TypeError, "expected bytes"));
    }
    let data = data.typed_array_parts().2;
    let digest = match name.as_str() {
        "md5" => Md5::digest(&data).to_vec(),
        "sha1" => Sha1::digest(&data).to_vec(),
        "sha256" => Sha256::digest(&data).to_vec(),
        "sha512" => Sha512::digest(&data).to_vec(),
        _ => {
            let message = "Digest method not supported (there are: md5, sha1, sha256, sha512)";
            return Err(Thrown::new(Class::Error, message));
        }
    };
    Value::typed_array(2, &Value::buffer(&digest)?)
}

fn one(arguments: &[Value]) -> Value {
    arguments.first().cloned().unwrap_or_else(Value::undefined)
}
