//! `console.log` and `util.format`: a first text with places for the other arguments.

use super::{Style, inspect};
use crate::engine::{Kind, Value};

/// The arguments as one text (WTF-8).
pub(crate) fn format(arguments: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = arguments;
    if let [first, others @ ..] = arguments
        && first.kind() == Kind::String
        && !others.is_empty()
    {
        let text = first.bytes().unwrap_or_default();
        let used = placed(&text, others, &mut out);
        rest = &others[used..];
        for one in rest {
            out.push(b' ');
            plain(one, &mut out);
        }
        return out;
    }
    for (at, one) in rest.iter().enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        plain(one, &mut out);
    }
    out
}

/// Texts as they are, everything else as it is inspected.
fn plain(value: &Value, out: &mut Vec<u8>) {
    if value.kind() == Kind::String {
        out.extend(value.bytes().unwrap_or_default());
    } else {
        out.extend(inspect(value, Style::default()).into_bytes());
    }
}

/// Fills the places of the text. Gives how many arguments went into it.
fn placed(text: &[u8], arguments: &[Value], out: &mut Vec<u8>) -> usize {
    let mut used = 0;
    let mut at = 0;
    while at < text.len() {
        let next = text.get(at + 1).copied();
        if text[at] != b'%' || next.is_none() {
            out.push(text[at]);
            at += 1;
            continue;
        }
        let argument = arguments.get(used);
        match (next, argument) {
            (Some(b'%'), _) => out.push(b'%'),
            (
                Some(letter @ (b's' | b'd' | b'i' | b'f' | b'j' | b'o' | b'O' | b'c')),
                Some(value),
            ) => {
                place(letter, value, out);
                used += 1;
            }
            _ => {
                out.push(b'%');
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    used
}

fn place(letter: u8, value: &Value, out: &mut Vec<u8>) {
    let shallow = Style {
        depth: 0,
        ..Style::default()
    };
    let kind = value.kind();
    let text = match letter {
        b'c' => return,
        b's' if kind == Kind::String => return out.extend(value.bytes().unwrap_or_default()),
        b's' if kind == Kind::Number || kind == Kind::BigInt => inspect(value, shallow),
        b's' if kind.is_primitive() && kind != Kind::Symbol => value.text(),
        b's' => value.source().unwrap_or_else(|| inspect(value, shallow)),
        b'd' | b'i' | b'f' if kind == Kind::BigInt => inspect(value, shallow),
        b'd' | b'i' | b'f' => number(letter, value),
        b'j' => return out.extend(json(value)),
        b'o' => inspect(
            value,
            Style {
                depth: 4,
                ..Style::default()
            },
        ),
        _ => inspect(value, Style::default()),
    };
    out.extend(text.into_bytes());
}

fn number(letter: u8, value: &Value) -> String {
    let text = value.bytes().filter(|_| value.kind() == Kind::String);
    let text = text.map(|text| String::from_utf8_lossy(&text).trim().to_owned());
    let number = match (&text, value.kind()) {
        (Some(text), _) if text.is_empty() => {
            if letter == b'd' {
                0.0
            } else {
                f64::NAN
            }
        }
        (Some(text), _) => {
            let long = text.char_indices().map(|(at, one)| at + one.len_utf8());
            let ends: Vec<_> = if letter == b'd' {
                vec![text.len()]
            } else {
                long.rev().collect()
            };
            ends.iter()
                .find_map(|end| text[..*end].parse().ok())
                .unwrap_or(f64::NAN)
        }
        (None, Kind::Number | Kind::Bool) => value.to_number(),
        (None, Kind::Null) if letter == b'd' => 0.0,
        _ => f64::NAN,
    };
    let number = if letter == b'i' {
        number.trunc()
    } else {
        number
    };
    inspect(&Value::number(number), Style::default())
}

fn json(value: &Value) -> Vec<u8> {
    let json = Value::global()
        .get_name("JSON")
        .and_then(|json| json.get_name("stringify"))
        .and_then(|stringify| stringify.call(&Value::undefined(), std::slice::from_ref(value)));
    match json {
        Ok(text) if text.kind() == Kind::String => text.bytes().unwrap_or_default(),
        Ok(_) => b"undefined".to_vec(),
        Err(_) => b"[Circular]".to_vec(),
    }
}
