//! Plain data to JavaScript's values. Whatever scripts have done to the prototypes, the values are made
//! as the engine makes them.

use falcon_sdk::language::value::Value as Plain;

use super::TYPED_ARRAYS;
use crate::engine::{Thrown, Value};

/// Why plain data could not be made a value.
pub(crate) enum Malformed {
    /// What is wrong with it.
    Data(String),
    /// The engine has no memory for it.
    Thrown(Thrown),
}

impl From<Thrown> for Malformed {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

/// What makes values of the known types that are no data: handles, names, functions.
pub(crate) type Known<'a> = &'a mut dyn FnMut(&str, &Plain) -> Result<Value, Malformed>;

/// Makes a value of plain data.
pub(crate) fn decode(plain: &Plain, known: Known<'_>) -> Result<Value, Malformed> {
    Ok(match plain {
        Plain::None => Value::null(),
        Plain::Bool(truth) => Value::bool(*truth),
        Plain::Int(number) => integer(*number)?,
        Plain::BigInt(bytes) => bigint(bytes)?,
        Plain::Float(number) => Value::number(*number),
        Plain::Str(text) => Value::wtf8(text)?,
        Plain::Bytes(bytes) => typed_array(2, bytes)?,
        Plain::List(items) | Plain::Tuple(items) => array(items, known)?,
        Plain::Set(items) | Plain::FrozenSet(items) => set(items, known)?,
        Plain::Dict(pairs) => {
            let object = Value::object()?;
            properties(&object, pairs, known)?;
            object
        }
        Plain::Known(name, content) => of_known(name, content, known)?,
        Plain::Complex(..) | Plain::Range(_) | Plain::Handle(_) => {
            return Err(Malformed::Data(
                "a value that JavaScript does not have".to_owned(),
            ));
        }
    })
}

fn of_known(name: &str, content: &Plain, known: Known<'_>) -> Result<Value, Malformed> {
    Ok(match (name, content) {
        ("undefined", Plain::None) => Value::undefined(),
        ("bigint", Plain::Int(number)) => bigint(&number.to_le_bytes())?,
        ("bigint", Plain::BigInt(bytes)) => bigint(bytes)?,
        ("Date", Plain::Float(time)) => Value::date(*time)?,
        ("Date", Plain::Int(time)) => Value::date(*time as f64)?,
        ("Set", Plain::List(items)) => set(items, known)?,
        ("Map", Plain::List(items)) => map(items, known)?,
        ("ArrayBuffer", Plain::Bytes(bytes)) => Value::buffer(bytes)?,
        ("bare", Plain::Dict(pairs)) => {
            let object = Value::bare_object()?;
            properties(&object, pairs, known)?;
            object
        }
        ("Array", Plain::Tuple(parts)) => match &parts[..] {
            [Plain::List(items), Plain::Dict(pairs)] => {
                let made = array(items, known)?;
                properties(&made, pairs, known)?;
                made
            }
            _ => return Err(malformed(name)),
        },
        ("RegExp", Plain::Tuple(parts)) => match &parts[..] {
            [Plain::Str(source), Plain::Str(flags)] => {
                Value::regexp(&Value::wtf8(source)?, &Value::wtf8(flags)?)?
            }
            _ => return Err(malformed(name)),
        },
        (name, Plain::Bytes(bytes)) => {
            let number = TYPED_ARRAYS.iter().position(|one| *one == name);
            let number = number.ok_or_else(|| malformed(name))?;
            typed_array(i32::try_from(number).unwrap_or_default(), bytes)?
        }
        (name, content) => return known(name, content),
    })
}

pub(super) fn malformed(name: &str) -> Malformed {
    Malformed::Data(format!("malformed content of the type {name}"))
}

/// Integers that a double does not hold exactly are big ones.
fn integer(number: i64) -> Result<Value, Thrown> {
    if number.unsigned_abs() <= 1 << 53 {
        Ok(Value::number(number as f64))
    } else {
        bigint(&number.to_le_bytes())
    }
}

fn bigint(bytes: &[u8]) -> Result<Value, Thrown> {
    let sign = if bytes.last().is_some_and(|top| top & 0x80 != 0) {
        0xff
    } else {
        0
    };
    let limb = |part: &[u8]| {
        let mut four = [sign; 4];
        four[..part.len()].copy_from_slice(part);
        u32::from_le_bytes(four)
    };
    let limbs: Vec<u32> = bytes.chunks(4).map(limb).collect();
    Value::bigint(&limbs)
}

fn typed_array(number: i32, bytes: &[u8]) -> Result<Value, Thrown> {
    Value::typed_array(number, &Value::buffer(bytes)?)
}

fn array(items: &[Plain], known: Known<'_>) -> Result<Value, Malformed> {
    let array = Value::array()?;
    for (at, item) in (0..).zip(items) {
        array.set_index(at, &decode(item, known)?)?;
    }
    Ok(array)
}

fn set(items: &[Plain], known: Known<'_>) -> Result<Value, Malformed> {
    let set = Value::set()?;
    for item in items {
        let item = decode(item, known)?;
        set.map_set(&item, &item)?;
    }
    Ok(set)
}

fn map(items: &[Plain], known: Known<'_>) -> Result<Value, Malformed> {
    let map = Value::map()?;
    for item in items {
        let Plain::Tuple(pair) = item else {
            return Err(malformed("Map"));
        };
        let [key, value] = &pair[..] else {
            return Err(malformed("Map"));
        };
        let key = decode(key, known)?;
        map.map_set(&key, &decode(value, known)?)?;
    }
    Ok(map)
}

fn properties(object: &Value, pairs: &[(Plain, Plain)], known: Known<'_>) -> Result<(), Malformed> {
    for (key, item) in pairs {
        let item = decode(item, known)?;
        object.define_key(&decode(key, known)?, &item)?;
    }
    Ok(())
}
