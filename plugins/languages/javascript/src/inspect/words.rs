//! Values that are shown by a text of their own.

use super::TEXT;
use crate::engine::{Kind, Value};

pub(super) fn number(value: &Value) -> String {
    let number = value.to_number();
    if number == 0.0 && number.is_sign_negative() {
        return "-0".to_owned();
    }
    value.text()
}

pub(super) fn symbol(value: &Value) -> String {
    format!("Symbol({})", value.symbol_text().text())
}

/// `[Function: f]` and the like.
pub(super) fn function(value: &Value, constructor: Option<&str>) -> String {
    const CLASS: i32 = 1;
    let is = value.function_is();
    let name = value.function_name().unwrap_or_default();
    if is & CLASS != 0 && is & 8 == 0 {
        let base = value.prototype();
        let extends = match base.function_name() {
            Some(base) if !base.is_empty() => format!(" extends {base}"),
            _ => String::new(),
        };
        let name = if name.is_empty() {
            "(anonymous)"
        } else {
            &name
        };
        return format!("[class {name}{extends}]");
    }
    let kind = match (is & 8, is & 6) {
        (8, _) | (0, 0) => "Function",
        (_, 2) => "AsyncFunction",
        (_, 4) => "GeneratorFunction",
        _ => "AsyncGeneratorFunction",
    };
    let null = if constructor.is_none() {
        " (null prototype)"
    } else {
        ""
    };
    if name.is_empty() {
        format!("[{kind}{null} (anonymous)]")
    } else {
        format!("[{kind}{null}: {name}]")
    }
}

/// The first line of an error.
pub(super) fn error_head(value: &Value) -> String {
    let text_of = |name: &str| {
        let found = value.inherited(name)?;
        let short = found.kind() == Kind::String && found.string_length() < TEXT;
        short.then(|| found.text())
    };
    let given = text_of("name").unwrap_or_else(|| "Error".to_owned());
    let name = match value.constructor_name() {
        // As node does it: a class that was given no name of its own stands before it.
        Some(class) if given == "Error" && class != "Error" && class.ends_with("Error") => class,
        _ => given,
    };
    match text_of("message").unwrap_or_default() {
        message if message.is_empty() => name,
        message => format!("{name}: {message}"),
    }
}

/// A date as `toISOString` writes it.
pub(super) fn date(milliseconds: f64) -> String {
    if milliseconds.is_nan() {
        return "Invalid Date".to_owned();
    }
    let total = milliseconds as i64;
    let (days, rest) = (total.div_euclid(86_400_000), total.rem_euclid(86_400_000));
    // Days since 1970 to a date of the Gregorian calendar: years start in March.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day = shifted.rem_euclid(146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let calendar = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(calendar <= 2);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        year if year < 0 => format!("-{:06}", -year),
        year => format!("+{year:06}"),
    };
    format!(
        "{year}-{calendar:02}-{date:02}T{:02}:{:02}:{:02}.{:03}Z",
        rest / 3_600_000,
        rest / 60_000 % 60,
        rest / 1000 % 60,
        rest % 1000
    )
}
