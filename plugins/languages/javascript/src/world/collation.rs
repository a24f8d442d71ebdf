//! What the engine leaves to a library of locales that it does not have: the order of words, and numbers
//! with their thousands apart. Both as node has them for English.

use std::{cell::RefCell, cmp::Ordering};

use crate::engine::{self, Class, Kind, Thrown, Value};

/// Marks in the order of the Unicode collation's root, before digits and letters.
const MARKS: &str = "\t\n\u{b}\u{c}\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

thread_local! {
    /// The engine's own `normalize`.
    static NORMALIZE: RefCell<Option<Value>> = const { RefCell::new(None) };
}

pub(super) fn install(global: &Value) {
    let prototype = |name: &str| {
        global
            .get_name(name)
            .and_then(|class| class.get_name("prototype"))
    };
    let (Ok(string), Ok(number)) = (prototype("String"), prototype("Number")) else {
        return;
    };
    NORMALIZE.set(string.get_name("normalize").ok());
    let define = |holder: &Value, name: &str, length, native| {
        let _ = holder.define(name, &engine::function(name, length, native, false), false);
    };
    define(&string, "localeCompare", 1, compare);
    define(&number, "toLocaleString", 0, grouped);
}

fn compare(this: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let undefined = Value::undefined();
    let (a, b) = (text(this)?, text(arguments.first().unwrap_or(&undefined))?);
    let option = |name: &str| {
        arguments
            .get(2)
            .and_then(|options| options.own_name(name).data())
    };
    let numeric = option("numeric").is_some_and(|numeric| numeric.to_bool());
    let sensitivity = option("sensitivity").filter(|one| one.kind() == Kind::String);
    let levels = match sensitivity.map(|one| one.text()).as_deref() {
        Some("base") => 1,
        Some("accent") => 2,
        _ => 3,
    };
    let (a, b) = (weights(&a, numeric), weights(&b, numeric));
    let mut order = Ordering::Equal;
    for level in 0..levels {
        let of = |all: &[[u64; 3]]| -> Vec<u64> {
            all.iter()
                .map(|one| one[level])
                .filter(|one| level > 0 || *one > 0)
                .collect()
        };
        order = order.then_with(|| of(&a).cmp(&of(&b)));
    }
    Ok(Value::number(f64::from(order as i8)))
}

/// A text in its decomposed form.
fn text(value: &Value) -> Result<String, Thrown> {
    let value = match value.kind() {
        Kind::String => value.clone(),
        Kind::Symbol => {
            return Err(Thrown::new(
                Class::TypeError,
                "cannot convert symbol to string",
            ));
        }
        kind if kind.is_primitive() => Value::utf8(&value.text())?,
        _ => Value::global()
            .get_name("String")?
            .call(&Value::undefined(), std::slice::from_ref(value))?,
    };
    let plain = value.text();
    if plain.is_ascii() {
        return Ok(plain);
    }
    match NORMALIZE.with_borrow(Clone::clone) {
        Some(normalize) => Ok(normalize.call(&value, &[Value::str("NFD")])?.text()),
        None => Ok(plain),
    }
}

/// For each letter: which it is, its accent, its case.
fn weights(text: &str, numeric: bool) -> Vec<[u64; 3]> {
    const DIGITS: u64 = 100;
    const LETTERS: u64 = 1 << 40;
    const OTHERS: u64 = 1 << 41;
    let mut all = Vec::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(one) = rest.next() {
        all.push(match one {
            '0'..='9' => {
                let mut number = u64::from(one as u32 - 48);
                while let Some(digit) = rest.peek().filter(|_| numeric).and_then(|d| d.to_digit(10))
                {
                    number = (number * 10 + u64::from(digit)).min(1 << 39);
                    rest.next();
                }
                [DIGITS + number, 0, 0]
            }
            'a'..='z' => [LETTERS + u64::from(one as u32 - 97), 0, 0],
            'A'..='Z' => [LETTERS + u64::from(one as u32 - 65), 0, 1],
            '\u{300}'..='\u{36f}' => [0, u64::from(one as u32), 0],
            _ => match MARKS.chars().position(|mark| mark == one) {
                Some(at) => [1 + at as u64, 0, 0],
                None => {
                    let small = one.to_lowercase().next().unwrap_or(one);
                    [OTHERS + u64::from(small as u32), 0, u64::from(small != one)]
                }
            },
        });
    }
    all
}

fn grouped(this: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let number = match this.kind() {
        Kind::Boxed => this.inside().to_number(),
        _ => this.to_number(),
    };
    if !number.is_finite() {
        let text = if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "∞"
        } else {
            "-∞"
        };
        return Value::utf8(text);
    }
    let option = |name: &str| {
        let found = arguments
            .get(1)
            .and_then(|options| options.own_name(name).data())?;
        let number = found.to_number();
        (0.0..=20.0).contains(&number).then_some(number as usize)
    };
    let least = option("minimumFractionDigits").unwrap_or(0);
    let most = option("maximumFractionDigits")
        .unwrap_or(3.max(least))
        .max(least);
    let fixed = format!("{:.most$}", number.abs());
    let (whole, fraction) = fixed.split_once('.').unwrap_or((&fixed, ""));
    let mut fraction = fraction.to_owned();
    while fraction.len() > least && fraction.ends_with('0') {
        fraction.pop();
    }
    let mut text = String::new();
    if number < 0.0 {
        text.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(&fraction);
    }
    Value::utf8(&text)
}
