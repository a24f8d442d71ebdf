//! Plain data as JSON: what JSON has stands for itself, the rest is an object with one `$` key.

use falcon_episode::Value;
use serde_json::{Map, Value as Json, json};

/// Most digits of a whole number in JSON.
const MAX_DIGITS: usize = 100_000;

/// JSON that is not plain data.
#[derive(Debug, thiserror::Error)]
pub enum PlainError {
    /// An object whose only key starts with `$` and is not one of ours.
    #[error(
        "{0:?} is not a kind of plain data; there are: $tuple, $set, $frozenset, $dict, $bytes, $int, $float"
    )]
    Kind(String),
    /// Content that the kind does not allow.
    #[error("{kind} wants {wanted}")]
    Content {
        /// The kind.
        kind: &'static str,
        /// What it wants.
        wanted: &'static str,
    },
    /// A number that fits neither.
    #[error("{0} is neither a 64-bit integer nor a double; write it as {{\"$int\": \"…\"}}")]
    Number(String),
}

/// Plain data of JSON.
///
/// # Errors
/// Where an object with a `$` key is none of the kinds.
pub fn from_json(json: &Json) -> Result<Value, PlainError> {
    Ok(match json {
        Json::Null => Value::None,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => Value::Int(int),
            (None, Some(float)) if number.is_f64() => Value::Float(float),
            _ => return Err(PlainError::Number(number.to_string())),
        },
        Json::String(text) => Value::Str(text.clone().into_bytes()),
        Json::Array(items) => Value::List(all(items)?),
        Json::Object(fields) => object(fields)?,
    })
}

fn all(items: &[Json]) -> Result<Vec<Value>, PlainError> {
    items.iter().map(from_json).collect()
}

fn object(fields: &Map<String, Json>) -> Result<Value, PlainError> {
    let mut pairs = fields.iter();
    if let (Some((kind, content)), None) = (pairs.next(), pairs.next())
        && kind.starts_with('$')
    {
        return tagged(kind, content);
    }
    let pair = |(key, value): (&String, &Json)| {
        Ok((Value::Str(key.clone().into_bytes()), from_json(value)?))
    };
    Ok(Value::Dict(
        fields.iter().map(pair).collect::<Result<_, _>>()?,
    ))
}

fn tagged(kind: &str, content: &Json) -> Result<Value, PlainError> {
    let items = |kind| {
        let wrong = PlainError::Content {
            kind,
            wanted: "a list",
        };
        content.as_array().ok_or(wrong).and_then(|items| all(items))
    };
    let text = |kind, wanted| content.as_str().ok_or(PlainError::Content { kind, wanted });
    Ok(match kind {
        "$tuple" => Value::Tuple(items("$tuple")?),
        "$set" => Value::Set(items("$set")?),
        "$frozenset" => Value::FrozenSet(items("$frozenset")?),
        "$dict" => Value::Dict(
            items("$dict")?
                .into_iter()
                .map(pair)
                .collect::<Result<_, _>>()?,
        ),
        "$bytes" => {
            let wanted = "hex digits";
            let bytes = from_hex(text("$bytes", wanted)?);
            Value::Bytes(bytes.ok_or(PlainError::Content {
                kind: "$bytes",
                wanted,
            })?)
        }
        "$int" => {
            let wanted = "decimal digits, at most 100000 of them";
            let parsed = from_decimal(text("$int", wanted)?);
            parsed.ok_or(PlainError::Content {
                kind: "$int",
                wanted,
            })?
        }
        "$float" => {
            let wanted = "a number, \"nan\", \"inf\" or \"-inf\", as text";
            let parsed: Option<f64> = text("$float", wanted)?.parse().ok();
            let float = parsed.ok_or(PlainError::Content {
                kind: "$float",
                wanted,
            })?;
            // One without a sign, as languages make it: values are equal by their bits.
            Value::Float(if float.is_nan() { f64::NAN } else { float })
        }
        other => return Err(PlainError::Kind(other.to_owned())),
    })
}

fn pair(value: Value) -> Result<(Value, Value), PlainError> {
    let wrong = PlainError::Content {
        kind: "$dict",
        wanted: "a list of pairs",
    };
    let Value::List(items) = value else {
        return Err(wrong);
    };
    let [key, value] = <[Value; 2]>::try_from(items).map_err(|_| wrong)?;
    Ok((key, value))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|c| c.to_digit(16).map(|d| d as u8))
        .collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Two's complement, little-endian, of a decimal text. The time that it takes grows with the square of its length.
fn from_decimal(text: &str) -> Option<Value> {
    if let Ok(small) = text.parse() {
        return Some(Value::Int(small));
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return None;
    }
    let mut limbs: Vec<u32> = Vec::new();
    for nine in digits.as_bytes().chunks(9) {
        let mut carry = 0;
        let mut scale = 1;
        for digit in nine {
            carry = carry * 10 + u64::from(char::from(*digit).to_digit(10)?);
            scale *= 10;
        }
        for limb in &mut limbs {
            let value = u64::from(*limb) * scale + carry;
            *limb = (value & u64::from(u32::MAX)) as u32;
            carry = value >> 32;
        }
        if carry > 0 {
            limbs.push(carry as u32);
        }
    }
    let mut bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    bytes.push(0);
    if negative {
        let mut carry = true;
        for byte in &mut bytes {
            let (value, overflowed) = (!*byte).overflowing_add(u8::from(carry));
            (*byte, carry) = (value, overflowed);
        }
    }
    while let [.., second, top] = bytes[..] {
        let redundant = (top == 0 && second & 0x80 == 0) || (top == 0xff && second & 0x80 != 0);
        if !redundant {
            break;
        }
        bytes.pop();
    }
    Some(Value::BigInt(bytes))
}

/// JSON of plain data; none for what only one run can hold (a handle) or JSON cannot name.
#[must_use]
pub fn to_json(value: &Value) -> Option<Json> {
    let many = |items: &[Value]| items.iter().map(to_json).collect::<Option<Vec<_>>>();
    Some(match value {
        Value::None => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Int(int) => json!(int),
        Value::Float(float) if float.is_finite() => json!(float),
        Value::Float(float) => json!({ "$float": float.to_string().to_lowercase() }),
        Value::Str(text) => json!(std::str::from_utf8(text).ok()?),
        Value::Bytes(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            json!({ "$bytes": hex })
        }
        Value::List(items) => json!(many(items)?),
        Value::Tuple(items) => json!({ "$tuple": many(items)? }),
        Value::Set(items) => json!({ "$set": many(items)? }),
        Value::FrozenSet(items) => json!({ "$frozenset": many(items)? }),
        Value::Dict(pairs) => {
            let pair =
                |(key, value): &(Value, Value)| Some(json!([to_json(key)?, to_json(value)?]));
            json!({ "$dict": pairs.iter().map(pair).collect::<Option<Vec<_>>>()? })
        }
        Value::BigInt(_)
        | Value::Complex(..)
        | Value::Range(_)
        | Value::Known(..)
        | Value::Handle(_) => return None,
    })
}
