//! Values as people read them, as node's `util.inspect` and `console.log` write them.
//!
//! No script takes part: getters are named and not run, and a proxy is shown as one.

mod format;
mod group;
mod quote;

use std::cell::RefCell;

use crate::engine::{Kind, Property, Value};

pub(crate) use format::format;
pub(crate) use quote::quoted;

/// How deep objects are shown, how many items of one, and how long a line may be.
const DEPTH: usize = 2;
const ITEMS: usize = 100;
const LINE: usize = 80;
/// Longest text that is shown, and most bytes of everything together: what is over is left out.
const TEXT: usize = 10_000;
const ALL: usize = 4 << 20;

/// What `util.inspect` may be told.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) depth: usize,
    pub(crate) line: usize,
    pub(crate) compact: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            depth: DEPTH,
            line: LINE,
            compact: 3,
        }
    }
}

/// The value as `util.inspect` shows it.
pub(crate) fn inspect(value: &Value, style: Style) -> String {
    let mut inspector = Inspector {
        style,
        indentation: 0,
        deepest: 0,
        open: Vec::new(),
        circular: Vec::new(),
        left: ALL,
    };
    inspector.value(value, 0, false)
}

/// The value on one line, for a message.
pub(crate) fn shown(value: &Value, most: usize) -> String {
    let text = inspect(
        value,
        Style {
            line: usize::MAX,
            ..Style::default()
        },
    );
    crate::text::cut(&text, most)
}

thread_local! {
    /// The names of handles' types, by the address of what stands for them.
    static HANDLES: RefCell<Option<fn(&Value) -> Option<String>>> = const { RefCell::new(None) };
}

/// How handles are shown.
pub(crate) fn show_handles(by: fn(&Value) -> Option<String>) {
    HANDLES.set(Some(by));
}

struct Inspector {
    style: Style,
    indentation: usize,
    /// How deep the object that was shown last lay.
    deepest: usize,
    open: Vec<u64>,
    circular: Vec<u64>,
    /// Bytes that may still be written.
    left: usize,
}

/// How the parts of an object are put together.
struct Parts {
    /// What stands before the brace.
    base: String,
    open: String,
    close: &'static str,
    is_array: bool,
}

impl Parts {
    fn new(open: impl Into<String>, close: &'static str) -> Self {
        Self {
            base: String::new(),
            open: open.into(),
            close,
            is_array: false,
        }
    }
}

impl Inspector {
    fn value(&mut self, value: &Value, depth: usize, typed: bool) -> String {
        let text = match value.kind() {
            Kind::Undefined => "undefined".to_owned(),
            Kind::Null => "null".to_owned(),
            Kind::Bool => value.to_bool().to_string(),
            Kind::Number => number(value),
            Kind::BigInt => format!("{}n", value.text()),
            Kind::String => self.string(value),
            Kind::Symbol => symbol(value),
            _ if self.left == 0 => "...".to_owned(),
            _ if self.open.contains(&value.address()) => {
                let at = self.circle(value);
                format!("[Circular *{at}]")
            }
            _ => self.object(value, depth, typed),
        };
        self.left = self.left.saturating_sub(text.len());
        text
    }

    fn circle(&mut self, value: &Value) -> usize {
        let address = value.address();
        let at = self.circular.iter().position(|one| *one == address);
        at.unwrap_or_else(|| {
            self.circular.push(address);
            self.circular.len() - 1
        }) + 1
    }

    fn string(&self, value: &Value) -> String {
        if value.string_length() > 1 << 20 {
            return format!("'... {} characters'", value.string_length());
        }
        let text = value.bytes().unwrap_or_default();
        let units = crate::text::to_utf16(&text);
        let (units, more) = units.split_at(units.len().min(TEXT));
        let trailer = match more.len() {
            0 => String::new(),
            1 => "... 1 more character".to_owned(),
            more => format!("... {more} more characters"),
        };
        let long = units.len() > 16
            && self.style.line != usize::MAX
            && units.len() > self.style.line.saturating_sub(self.indentation + 4);
        if !long {
            return quoted(units) + &trailer;
        }
        let joint = format!(" +\n{}", " ".repeat(self.indentation + 2));
        let lines: Vec<_> = units
            .split_inclusive(|unit| *unit == u16::from(b'\n'))
            .map(quoted)
            .collect();
        lines.join(&joint) + &trailer
    }

    fn object(&mut self, value: &Value, depth: usize, _typed: bool) -> String {
        let kind = value.kind();
        if kind == Kind::Proxy {
            let by = HANDLES.with_borrow(|by| *by);
            return by
                .and_then(|by| by(value))
                .unwrap_or_else(|| "[Proxy]".to_owned());
        }
        let name = value.constructor_name();
        let mut keys = value.own_keys(false, true);
        if matches!(kind, Kind::Array | Kind::TypedArray | Kind::Arguments) {
            keys.retain(|key| !is_element(key));
        }
        if kind == Kind::Boxed && value.inside().kind() == Kind::String {
            keys.retain(|key| !is_element(key));
        }
        let (mut parts, empty) = self.parts(value, kind, name.as_deref(), depth);
        if keys.is_empty() {
            if let Some(text) = empty {
                return text;
            }
        }
        if depth > self.style.depth {
            let name = name.unwrap_or_else(|| "Object: null prototype".to_owned());
            return format!("[{name}]");
        }
        self.open.push(value.address());
        self.deepest = depth + 1;
        let mut output = self.contents(value, kind, depth + 1);
        for key in keys {
            output.push(self.property(value, &key, depth + 1));
            if self.left == 0 {
                break;
            }
        }
        self.open.pop();
        if let Some(at) = self.circular.iter().position(|one| *one == value.address()) {
            let mark = format!("<ref *{}>", at + 1);
            if parts.base.is_empty() {
                parts.open = format!("{mark} {}", parts.open);
            } else {
                parts.base = format!("{mark} {}", parts.base);
            }
        }
        self.joined(value, output, &parts, depth + 1)
    }

    /// The braces, and the whole text for one without properties.
    fn parts(
        &mut self,
        value: &Value,
        kind: Kind,
        name: Option<&str>,
        depth: usize,
    ) -> (Parts, Option<String>) {
        let named = |usual: &str, size: Option<u32>| {
            let size = size.map_or_else(String::new, |size| format!("({size})"));
            match name {
                None => format!("[{usual}{size}: null prototype] "),
                Some(name) => format!("{name}{size} "),
            }
        };
        match kind {
            Kind::Array => {
                let length = value.array_length();
                let prefix = if name == Some("Array") {
                    String::new()
                } else {
                    named("Array", Some(length))
                };
                let mut parts = Parts::new(format!("{prefix}["), "]");
                parts.is_array = true;
                let empty = (length == 0).then(|| format!("{prefix}[]"));
                (parts, empty)
            }
            Kind::TypedArray => {
                let (number, count, _) = value.typed_array_parts();
                let prefix = named(crate::data::typed_array_name(number), Some(count));
                let mut parts = Parts::new(format!("{prefix}["), "]");
                parts.is_array = true;
                let empty = (count == 0).then(|| format!("{prefix}[]"));
                (parts, empty)
            }
            Kind::Arguments => {
                let mut parts = Parts::new("[Arguments] [", "]");
                parts.is_array = true;
                (
                    parts,
                    (value.array_length() == 0).then(|| "[Arguments] []".to_owned()),
                )
            }
            Kind::Map | Kind::Set => {
                let count = value.record_count();
                let usual = if kind == Kind::Map { "Map" } else { "Set" };
                let prefix = named(usual, Some(count));
                let empty = (count == 0).then(|| format!("{prefix}{{}}"));
                (Parts::new(format!("{prefix}{{"), "}"), empty)
            }
            Kind::Object => {
                let prefix = if name == Some("Object") {
                    String::new()
                } else {
                    named("Object", None)
                };
                (
                    Parts::new(format!("{prefix}{{"), "}"),
                    Some(format!("{prefix}{{}}")),
                )
            }
            Kind::Promise | Kind::ArrayBuffer | Kind::Weak => {
                let usual = name.unwrap_or("Object").to_owned();
                (Parts::new(format!("{usual} {{"), "}"), None)
            }
            Kind::Iterator => {
                let prefix = "Object [Generator] ";
                (
                    Parts::new(format!("{prefix}{{"), "}"),
                    Some(format!("{prefix}{{}}")),
                )
            }
            Kind::Function | Kind::Date | Kind::RegExp | Kind::Boxed | Kind::Error => {
                let base = self.base(value, kind, name, depth);
                let mut parts = Parts::new("{", "}");
                parts.base.clone_from(&base);
                (parts, Some(base))
            }
            _ => {
                let prefix = named("Object", None);
                (
                    Parts::new(format!("{prefix}{{"), "}"),
                    Some(format!("{prefix}{{}}")),
                )
            }
        }
    }

    /// What is shown of an object that has a text of its own.
    fn base(&mut self, value: &Value, kind: Kind, name: Option<&str>, depth: usize) -> String {
        match kind {
            Kind::Function => function(value, name),
            Kind::Date => date(value.inside().to_number()),
            Kind::RegExp => {
                let (source, flags) = value.regexp_parts();
                format!("/{}/{flags}", source.text())
            }
            Kind::Boxed => {
                let inside = value.inside();
                let kind = match inside.kind() {
                    Kind::String => "String",
                    Kind::Bool => "Boolean",
                    Kind::Symbol => "Symbol",
                    Kind::BigInt => "BigInt",
                    _ => "Number",
                };
                let shown = self.value(&inside, depth, false);
                format!("[{kind}: {shown}]")
            }
            _ => self.error(value),
        }
    }

    fn error(&self, value: &Value) -> String {
        let stack = value.inside();
        let stack = if stack.kind() == Kind::String {
            stack.text()
        } else {
            String::new()
        };
        let head = error_head(value);
        let lines: Vec<_> = stack
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        if lines.is_empty() {
            return format!("[{head}]");
        }
        let joint = format!("\n{}", " ".repeat(self.indentation));
        format!("{head}{joint}{}", lines.join(&joint))
    }

    /// The items of a collection.
    fn contents(&mut self, value: &Value, kind: Kind, depth: usize) -> Vec<String> {
        match kind {
            Kind::Array | Kind::Arguments => self.elements(value, depth),
            Kind::TypedArray => self.numbers(value, depth),
            Kind::Map | Kind::Set => self.records(value, kind == Kind::Map, depth),
            Kind::Promise => vec![match value.promise_state() {
                0 => "<pending>".to_owned(),
                state => {
                    self.indentation += 2;
                    let result = self.value(&value.promise_result(), depth, false);
                    self.indentation -= 2;
                    if state == 1 {
                        result
                    } else {
                        format!("<rejected> {result}")
                    }
                }
            }],
            Kind::Weak => vec!["<items unknown>".to_owned()],
            Kind::ArrayBuffer => {
                let bytes = value.buffer_bytes();
                let hex: Vec<_> = bytes
                    .iter()
                    .take(50)
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                let more = match bytes.len().saturating_sub(50) {
                    0 => String::new(),
                    more => format!(" ... {more} more bytes"),
                };
                vec![
                    format!("[Uint8Contents]: <{}{more}>", hex.join(" ")),
                    format!("byteLength: {}", bytes.len()),
                ]
            }
            _ => Vec::new(),
        }
    }

    fn elements(&mut self, value: &Value, depth: usize) -> Vec<String> {
        let length = value.array_length();
        let mut output = Vec::new();
        let mut at = 0;
        while at < length && output.len() < ITEMS && self.left > 0 {
            let item = value.own_index(at);
            if matches!(item, Property::Absent) {
                let next = next_element(value, at, length);
                let many = next - at;
                let plural = if many == 1 { "" } else { "s" };
                output.push(format!("<{many} empty item{plural}>"));
                at = next;
                continue;
            }
            output.push(self.described(&item, depth, 2));
            at += 1;
        }
        more(&mut output, (length - at) as usize);
        output
    }

    fn numbers(&mut self, value: &Value, depth: usize) -> Vec<String> {
        let (_, count, _) = value.typed_array_parts();
        let mut output = Vec::new();
        for at in 0..count.min(ITEMS as u32) {
            let item = value.own_index(at);
            output.push(self.described(&item, depth, 2));
        }
        more(
            &mut output,
            count as usize - count.min(ITEMS as u32) as usize,
        );
        output
    }

    fn records(&mut self, value: &Value, is_map: bool, depth: usize) -> Vec<String> {
        let records = value.records();
        let count = records.len() / 2;
        self.indentation += 2;
        let mut output = Vec::new();
        for pair in records.chunks_exact(2).take(ITEMS) {
            let key = self.value(&pair[0], depth, false);
            output.push(if is_map {
                format!("{key} => {}", self.value(&pair[1], depth, false))
            } else {
                key
            });
            if self.left == 0 {
                break;
            }
        }
        self.indentation -= 2;
        more(&mut output, count.saturating_sub(ITEMS));
        output
    }

    /// The value of a property, or what stands for an accessor.
    fn described(&mut self, property: &Property, depth: usize, indentation: usize) -> String {
        match property {
            Property::Data(item) => {
                self.indentation += indentation;
                let text = self.value(item, depth, false);
                self.indentation -= indentation;
                text
            }
            Property::Accessor(1) => "[Getter]".to_owned(),
            Property::Accessor(2) => "[Setter]".to_owned(),
            Property::Accessor(_) => "[Getter/Setter]".to_owned(),
            Property::Absent => "undefined".to_owned(),
        }
    }

    fn property(&mut self, value: &Value, key: &Value, depth: usize) -> String {
        let shown = self.described(&value.own(key), depth, 2);
        let name = match key.kind() {
            Kind::Symbol => format!("[{}]", symbol(key)),
            _ => quote::property_name(&key.bytes().unwrap_or_default()),
        };
        format!("{name}: {shown}")
    }

    /// The parts on one line where they fit, else one a line.
    fn joined(
        &self,
        value: &Value,
        mut output: Vec<String>,
        parts: &Parts,
        depth: usize,
    ) -> String {
        let entries = output.len();
        let base = if parts.base.is_empty() {
            String::new()
        } else {
            format!("{} ", parts.base)
        };
        if parts.is_array && entries > 6 && self.style.line != usize::MAX {
            output = group::grouped(output, value, self.indentation, self.style);
        }
        if self.deepest - depth.min(self.deepest) < self.style.compact && entries == output.len() {
            let start =
                output.len() + self.indentation + width(&parts.open) + width(&parts.base) + 10;
            if self.fits(&output, start, &parts.base) {
                let line = output.join(", ");
                if !line.contains('\n') {
                    let space = if line.is_empty() { "" } else { " " };
                    return format!("{base}{}{space}{line} {}", parts.open, parts.close);
                }
            }
        }
        let indentation = format!("\n{}", " ".repeat(self.indentation));
        let joint = format!(",{indentation}  ");
        let lines = output.join(&joint);
        format!(
            "{base}{}{indentation}  {lines}{indentation}{}",
            parts.open, parts.close
        )
    }

    fn fits(&self, output: &[String], start: usize, base: &str) -> bool {
        let total = output
            .iter()
            .fold(output.len().saturating_add(start), |sum, one| {
                sum.saturating_add(width(one))
            });
        let total_first = output.len().saturating_add(output.len() + start);
        total <= self.style.line && total_first <= self.style.line && !base.contains('\n')
    }
}

/// The length of a text as JavaScript counts it.
fn width(text: &str) -> usize {
    text.encode_utf16().count()
}

fn more(output: &mut Vec<String>, left: usize) {
    match left {
        0 => {}
        1 => output.push("... 1 more item".to_owned()),
        left => output.push(format!("... {left} more items")),
    }
}

/// The next index from here on that has an element.
fn next_element(value: &Value, from: u32, length: u32) -> u32 {
    let indices = value.own_keys(true, false).into_iter();
    indices
        .filter(is_element)
        .filter_map(|key| key.text().parse().ok())
        .find(|at: &u32| *at >= from)
        .unwrap_or(length)
        .min(length)
}

fn is_element(key: &Value) -> bool {
    if key.kind() != Kind::String || key.string_length() > 10 {
        return key.kind() == Kind::Number;
    }
    let text = key.text();
    (text == "0" || !text.starts_with('0')) && text.parse::<u32>().is_ok_and(|at| at < u32::MAX)
}

fn number(value: &Value) -> String {
    let number = value.to_number();
    if number == 0.0 && number.is_sign_negative() {
        return "-0".to_owned();
    }
    value.text()
}

fn symbol(value: &Value) -> String {
    format!("Symbol({})", value.symbol_text().text())
}

/// `[Function: f]` and the like.
fn function(value: &Value, constructor: Option<&str>) -> String {
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
fn error_head(value: &Value) -> String {
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
pub(crate) fn date(milliseconds: f64) -> String {
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
