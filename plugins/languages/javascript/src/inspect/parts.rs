//! What stands around the contents of an object: its name, its braces, or a text of its own.

use super::{
    Inspector,
    words::{date, error_head, function},
};
use crate::engine::{Kind, Value};

/// How the parts of an object are put together.
pub(super) struct Parts {
    /// What stands before the brace.
    pub(super) base: String,
    pub(super) open: String,
    pub(super) close: &'static str,
    pub(super) is_array: bool,
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
    /// The braces, and the whole text for one without properties.
    pub(super) fn parts(
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
                // A class derived from it says so.
                let derived = name.filter(|name| *name != usual);
                let tag = derived.map_or_else(String::new, |_| format!("[{usual}] "));
                let prefix = named(usual, Some(count)) + &tag;
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
}
