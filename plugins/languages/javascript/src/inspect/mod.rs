//! Values as people read them, as node's `util.inspect` and `console.log` write them.
//!
//! No script takes part: getters are named and not run, and a proxy is shown as one.

mod contents;
mod format;
mod group;
mod parts;
mod quote;
mod words;

use std::cell::RefCell;

use crate::engine::{Kind, Property, Value};

pub(crate) use format::format;
use parts::Parts;
pub(crate) use quote::quoted;
use words::{number, symbol};

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

/// Shows a handle, where a value is one.
type Shows = fn(&Value) -> Option<String>;

thread_local! {
    /// The names of handles' types, by the address of what stands for them.
    static HANDLES: RefCell<Option<Shows>> = const { RefCell::new(None) };
}

/// How handles are shown.
pub(crate) fn show_handles(by: Shows) {
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
        if keys.is_empty()
            && let Some(text) = empty
        {
            return text;
        }
        if depth > self.style.depth {
            let name = name.unwrap_or_else(|| "Object: null prototype".to_owned());
            return match kind {
                Kind::Map if name != "Map" => format!("[{name} [Map]]"),
                Kind::Set if name != "Set" => format!("[{name} [Set]]"),
                _ => format!("[{name}]"),
            };
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

fn is_element(key: &Value) -> bool {
    if key.kind() != Kind::String || key.string_length() > 10 {
        return key.kind() == Kind::Number;
    }
    let text = key.text();
    (text == "0" || !text.starts_with('0')) && text.parse::<u32>().is_ok_and(|at| at < u32::MAX)
}
