//! Values as CPython's own literals, and calls of its own types where there is no literal.

use std::fmt::Write as _;

use falcon_episode::Value;

/// An expression that gives the value.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(n) => n.to_string(),
        Value::BigInt(bytes) => big(bytes),
        Value::Float(x) => float(*x),
        Value::Complex(re, im) => format!("complex({}, {})", float(*re), float(*im)),
        Value::Str(text) => string(text),
        Value::Bytes(bytes) => byte_string(bytes),
        Value::List(items) => format!("[{}]", all(items)),
        Value::Tuple(items) => tuple(items),
        Value::Set(items) => format!("set([{}])", all(items)),
        Value::FrozenSet(items) => format!("frozenset([{}])", all(items)),
        Value::Dict(pairs) => dict(pairs),
        Value::Range(bounds) => format!("range({})", all(&bounds[..])),
        Value::Known(name, content) => known(name, content),
        Value::Handle(_) => unreachable!("no handle is plain data"),
    }
}

fn all(items: &[Value]) -> String {
    items.iter().map(literal).collect::<Vec<_>>().join(", ")
}

fn tuple(items: &[Value]) -> String {
    let comma = if items.len() == 1 { "," } else { "" };
    format!("({}{comma})", all(items))
}

fn dict(pairs: &[(Value, Value)]) -> String {
    let pairs = pairs.iter();
    let pairs = pairs.map(|(key, item)| format!("{}: {}", literal(key), literal(item)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
}

/// In base 16, whose digits may be as many as there are.
fn big(bytes: &[u8]) -> String {
    let negative = bytes.last().is_some_and(|last| *last >= 0x80);
    let mut magnitude = bytes.to_vec();
    if negative {
        // Two's complement: all bits turned over, and one added.
        let mut carry = true;
        for byte in &mut magnitude {
            (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
        }
    }
    let sign = if negative { "-" } else { "" };
    let digits = magnitude.iter().rev().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    });
    format!("{sign}0x{digits}")
}

fn float(x: f64) -> String {
    if x.is_nan() {
        return format!("from_bits({})", x.to_bits());
    }
    if x.is_infinite() {
        return if x > 0.0 { "1e999" } else { "-1e999" }.to_owned();
    }
    // The shortest digits that read as this float.
    format!("{x:e}")
}

fn string(text: &[u8]) -> String {
    let mut out = "'".to_owned();
    let mut at = 0;
    while let Some(first) = text.get(at) {
        let (length, bits) = match first {
            0..0x80 => (1, u32::from(*first)),
            0x80..0xe0 => (2, u32::from(first & 0x1f)),
            0xe0..0xf0 => (3, u32::from(first & 0x0f)),
            _ => (4, u32::from(first & 0x07)),
        };
        let rest = text[at + 1..at + length].iter();
        let point = rest.fold(bits, |bits, byte| bits << 6 | u32::from(byte & 0x3f));
        let _ = write!(out, "\\U{point:08x}");
        at += length;
    }
    out + "'"
}

fn byte_string(bytes: &[u8]) -> String {
    let digits = bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "\\x{byte:02x}");
        out
    });
    format!("b'{digits}'")
}

/// What is known by name.
fn known(name: &str, content: &Value) -> String {
    match (name, content) {
        ("collections.Counter", Value::Dict(pairs)) => format!("Counter({})", dict(pairs)),
        ("collections.OrderedDict", Value::Dict(pairs)) => format!("OrderedDict({})", dict(pairs)),
        ("dict_keys", Value::List(keys)) => format!("dict.fromkeys([{}]).keys()", all(keys)),
        ("dict_values", Value::List(items)) => {
            format!("dict(enumerate([{}])).values()", all(items))
        }
        ("dict_items", Value::List(pairs)) => format!("dict([{}]).items()", all(pairs)),
        ("decimal.Decimal", Value::Str(digits)) => {
            format!("Decimal('{}')", String::from_utf8_lossy(digits))
        }
        ("bytearray", Value::Bytes(bytes)) => format!("bytearray({})", byte_string(bytes)),
        ("type", Value::Str(name)) => type_of(name),
        ("Ellipsis", _) => "...".to_owned(),
        ("NotImplemented", _) => "NotImplemented".to_owned(),
        (_, Value::Tuple(parts)) => of_parts(name, parts),
        _ => unreachable!("{name} with {content:?}"),
    }
}

fn of_parts(name: &str, parts: &[Value]) -> String {
    match (name, parts) {
        ("collections.defaultdict", [Value::Str(factory), items]) => {
            format!("defaultdict({}, {})", type_of(factory), literal(items))
        }
        ("collections.defaultdict", _) => format!("defaultdict({})", all(parts)),
        ("collections.deque", _) => format!("deque({})", all(parts)),
        ("fractions.Fraction", _) => format!("Fraction({})", all(parts)),
        ("array.array", _) => format!("array({})", all(parts)),
        ("datetime.date", _) => format!("date({})", all(parts)),
        ("datetime.timedelta", _) => format!("timedelta({})", all(parts)),
        ("datetime.time" | "datetime.datetime", [fields @ .., fold]) => {
            let kind = name.trim_start_matches("datetime.");
            format!("{kind}({}, fold={})", all(fields), literal(fold))
        }
        _ => unreachable!("{name} of {parts:?}"),
    }
}

fn type_of(name: &[u8]) -> String {
    match name {
        b"NoneType" => "type(None)".to_owned(),
        name => String::from_utf8_lossy(name).into_owned(),
    }
}
