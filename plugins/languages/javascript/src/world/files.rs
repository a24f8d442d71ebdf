//! Files for the module `fs`: what came of each operation, or the negative of an error's number.

use crate::engine::{Kind, Thrown, Value, files};

/// Most bytes that are read at once.
const PIECE: f64 = 65536.0;

/// Adds the operations to the tools.
pub(super) fn define(tools: &Value) -> Result<(), Thrown> {
    let operations = Value::object()?;
    operations.define_function("open", 2, |_, arguments| {
        told(files::open(
            &text(arguments, 0),
            number(arguments, 1) as i32,
        ))
    });
    operations.define_function("close", 1, |_, arguments| {
        told(files::close(number(arguments, 0) as i32))
    });
    operations.define_function("read", 3, |_, arguments| {
        let size = number(arguments, 1).clamp(0.0, PIECE) as usize;
        let read = files::read(number(arguments, 0) as i32, size, number(arguments, 2));
        match read {
            Ok(bytes) => Value::typed_array(2, &Value::buffer(&bytes)?),
            Err(error) => told(Err(error)),
        }
    });
    operations.define_function("write", 3, |_, arguments| {
        let bytes = arguments
            .get(1)
            .filter(|one| one.kind() == Kind::TypedArray);
        let bytes = bytes
            .map(|one| one.typed_array_parts().2)
            .unwrap_or_default();
        told(files::write(
            number(arguments, 0) as i32,
            &bytes,
            number(arguments, 2),
        ))
    });
    operations.define_function("resize", 2, |_, arguments| {
        let size = number(arguments, 1).max(0.0);
        told(files::resize(number(arguments, 0) as i32, size))
    });
    operations.define_function("stat", 1, |_, arguments| {
        let open = arguments.first().filter(|one| one.kind() == Kind::Number);
        let found = match open {
            Some(file) => files::stat_open(file.to_number() as i32),
            None => files::stat(&text(arguments, 0)),
        };
        match found {
            Ok((folder, size)) => pair(&Value::bool(folder), &Value::number(size)),
            Err(error) => told(Err(error)),
        }
    });
    operations.define_function("change", 3, |_, arguments| {
        let what = number(arguments, 0) as i32;
        told(files::change(
            what,
            &text(arguments, 1),
            &text(arguments, 2),
        ))
    });
    operations.define_function("list", 1, |_, arguments| {
        let names = match files::list(&text(arguments, 0)) {
            Ok(names) => names,
            Err(error) => return told(Err(error)),
        };
        let list = Value::array()?;
        for (at, (name, folder)) in (0..).zip(&names) {
            list.set_index(at, &pair(&Value::utf8(name)?, &Value::bool(*folder))?)?;
        }
        Ok(list)
    });
    tools.define("files", &operations, true)
}

fn told(came: Result<i32, i32>) -> Result<Value, Thrown> {
    let number = came.unwrap_or_else(|error| -error);
    Ok(Value::number(f64::from(number)))
}

fn pair(one: &Value, other: &Value) -> Result<Value, Thrown> {
    let pair = Value::array()?;
    pair.set_index(0, one)?;
    pair.set_index(1, other)?;
    Ok(pair)
}

fn text(arguments: &[Value], at: usize) -> String {
    arguments.get(at).map(Value::text).unwrap_or_default()
}

fn number(arguments: &[Value], at: usize) -> f64 {
    arguments.get(at).map_or(-1.0, Value::to_number)
}
