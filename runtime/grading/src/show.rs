//! Plain data as Python writes it, for people and for feedback.

use std::fmt::Write as _;

use falcon_episode::Value;

/// The value as Python's `repr` writes it, cut after about `limit` bytes. What `repr` cannot write is in
/// angle brackets: an object of the program, and an integer with more digits than the limit.
#[must_use]
pub fn show(value: &Value, limit: usize) -> String {
    let mut text = String::new();
    write(value, limit, &mut text);
    if text.len() > limit {
        let end = (0..=limit)
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

fn write(value: &Value, limit: usize, out: &mut String) {
    if out.len() > limit {
        return;
    }
    match value {
        Value::None => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(int) => put(out, format_args!("{int}")),
        Value::BigInt(bytes) => match decimal(bytes, limit) {
            Some(digits) => out.push_str(&digits),
            None => put(out, format_args!("<an integer of {} bytes>", bytes.len())),
        },
        Value::Float(float) => out.push_str(&number(*float)),
        Value::Complex(re, im) => put(out, format_args!("({}+{}j)", number(*re), number(*im))),
        Value::Str(text) => quoted(&String::from_utf8_lossy(text), limit, out),
        Value::Bytes(bytes) => {
            out.push_str("b'");
            for byte in bytes.iter().take(limit) {
                put(out, format_args!("{}", byte.escape_ascii()));
            }
            out.push('\'');
        }
        Value::List(items) => many("[", items, "]", limit, out),
        Value::Tuple(items) if items.len() == 1 => many("(", items, ",)", limit, out),
        Value::Tuple(items) => many("(", items, ")", limit, out),
        Value::Set(items) if items.is_empty() => out.push_str("set()"),
        Value::Set(items) => many("{", items, "}", limit, out),
        Value::FrozenSet(items) => many("frozenset({", items, "})", limit, out),
        Value::Dict(pairs) => {
            out.push('{');
            for (at, (key, value)) in pairs.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                write(key, limit, out);
                out.push_str(": ");
                write(value, limit, out);
                if out.len() > limit {
                    return;
                }
            }
            out.push('}');
        }
        Value::Range(bounds) => many("range(", &bounds[..], ")", limit, out),
        Value::Known(name, content) => {
            out.push_str(name);
            out.push('(');
            write(content, limit, out);
            out.push(')');
        }
        Value::Handle(_) => out.push_str("<an object of the program>"),
    }
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(text);
}

/// A two's complement integer, little-endian, in decimal, where it has at most `limit` digits.
fn decimal(bytes: &[u8], limit: usize) -> Option<String> {
    // A byte has more than two digits.
    if bytes.len() * 2 > limit {
        return None;
    }
    let negative = bytes.last().is_some_and(|top| top & 0x80 != 0);
    let mut carry = u16::from(negative);
    let mut magnitude: Vec<u8> = bytes
        .iter()
        .map(|byte| {
            let sum = carry + u16::from(if negative { !byte } else { *byte });
            carry = sum >> 8;
            (sum & 0xff) as u8
        })
        .collect();
    let mut digits = Vec::new();
    while magnitude.iter().any(|byte| *byte != 0) {
        let mut rest = 0u16;
        for byte in magnitude.iter_mut().rev() {
            let value = (rest << 8) | u16::from(*byte);
            *byte = (value / 10) as u8;
            rest = value % 10;
        }
        digits.push(char::from(b'0' + rest as u8));
    }
    if negative {
        digits.push('-');
    }
    (digits.len() <= limit).then(|| digits.iter().rev().collect())
}

fn number(float: f64) -> String {
    if float.is_nan() {
        "nan".to_owned()
    } else if float.is_infinite() {
        if float > 0.0 { "inf" } else { "-inf" }.to_owned()
    } else {
        format!("{float:?}")
    }
}

fn many(open: &str, items: &[Value], close: &str, limit: usize, out: &mut String) {
    out.push_str(open);
    for (at, item) in items.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        write(item, limit, out);
        if out.len() > limit {
            return;
        }
    }
    out.push_str(close);
}

fn quoted(text: &str, limit: usize, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for c in text.chars().take(limit) {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => put(out, format_args!("\\{c}")),
            c if (c as u32) < 0x20 || c == '\x7f' => put(out, format_args!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push(quote);
}
