//! What a program throws, as it crosses: names of classes, message, place. No script takes part.

use falcon_sdk::language::{Diagnostic, Raised, Severity};

use crate::{
    checking,
    engine::{self, Kind, PROGRAM, Value},
    inspect, text,
};

/// Most names of classes of one error.
const CLASSES: usize = 16;
/// Longest message, in characters.
const MESSAGE: usize = 2000;

/// An error of a program.
pub(crate) struct Fault {
    /// The names of its classes, most derived first; never empty.
    pub(crate) types: Vec<String>,
    pub(crate) message: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Fault {
    /// What was thrown.
    pub(crate) fn of(thrown: &Value) -> Self {
        let refused = engine::refused();
        let types = types(thrown);
        let (line, column) = place(thrown, &types);
        let mut fault = Self {
            types,
            message: text::cut(&message(thrown), MESSAGE),
            line,
            column,
        };
        if refused && is_out_of_memory(thrown, &fault) {
            fault.types.insert(0, "MemoryError".to_owned());
            fault.message = "out of memory".to_owned();
        }
        fault
    }

    pub(crate) fn diagnostic(&self) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            class: self.types[0].clone(),
            message: self.message.clone(),
            line: self.line,
            column: self.column,
        }
    }

    pub(crate) fn raised(self) -> Raised {
        Raised {
            at: Some(self.diagnostic()),
            types: self.types,
            message: self.message,
            not_plain: false,
        }
    }
}

/// The engine's own error where memory ran out; it throws null where there is none even for that.
fn is_out_of_memory(thrown: &Value, fault: &Fault) -> bool {
    match thrown.kind() {
        Kind::Error => fault.types[0] == "InternalError" && fault.message == "out of memory",
        Kind::Null | Kind::Undefined | Kind::Other => true,
        _ => false,
    }
}

/// A primitive crosses by its type's own name, in small letters; an error by its classes.
fn types(thrown: &Value) -> Vec<String> {
    let mut names = Vec::new();
    match thrown.kind() {
        Kind::Undefined | Kind::Other => names.push("undefined".to_owned()),
        Kind::Null => names.push("null".to_owned()),
        Kind::Bool => names.push("boolean".to_owned()),
        Kind::Number => names.push("number".to_owned()),
        Kind::BigInt => names.push("bigint".to_owned()),
        Kind::String => names.push("string".to_owned()),
        Kind::Symbol => names.push("symbol".to_owned()),
        _ => classes(thrown, &mut names),
    }
    names
}

fn classes(thrown: &Value, names: &mut Vec<String>) {
    let mut prototype = thrown.prototype();
    while prototype.is_object() && names.len() < CLASSES {
        let name = prototype
            .own_name("constructor")
            .data()
            .and_then(|constructor| constructor.function_name());
        names.extend(name.filter(|name| !name.is_empty() && name != "Object"));
        prototype = prototype.prototype();
    }
    // The name that an error was given, where it is none of its classes'.
    let given = thrown.inherited("name").filter(|name| {
        thrown.kind() == Kind::Error && name.kind() == Kind::String && name.string_length() <= 200
    });
    let given = given.map(|name| name.text()).unwrap_or_default();
    if !given.is_empty() && !names.contains(&given) {
        names.insert(0, given);
    }
    if names.is_empty() {
        names.push("Object".to_owned());
    }
}

/// The message of an error, the text of a primitive, and what else there is as people see it.
fn message(thrown: &Value) -> String {
    if thrown.kind().is_primitive() && thrown.kind() != Kind::Symbol {
        return short(thrown);
    }
    if thrown.kind() == Kind::Error {
        return match thrown.inherited("message") {
            Some(message) if message.kind().is_primitive() && message.kind() != Kind::Symbol => {
                short(&message)
            }
            Some(message) => inspect::shown(&message, MESSAGE),
            None => String::new(),
        };
    }
    inspect::shown(thrown, MESSAGE)
}

fn short(value: &Value) -> String {
    if value.string_length() > 16 * MESSAGE {
        return format!("a text of {} characters", value.string_length());
    }
    value.text()
}

/// Line and column in the program, by the stack that the engine noted; zeros where it is unknown. The
/// constructors of the error's own classes are no place that anyone looks for.
fn place(thrown: &Value, types: &[String]) -> (u32, u32) {
    let stack = match thrown.kind() {
        Kind::Error => thrown.inside(),
        _ => return (0, 0),
    };
    if stack.kind() != Kind::String || stack.string_length() > 1 << 20 {
        return (0, 0);
    }
    let file = format!("{}:", PROGRAM.to_string_lossy());
    let constructs = |line: &&str| {
        let function = line
            .trim()
            .strip_prefix("at ")
            .and_then(|rest| rest.split_once(" ("));
        function.is_some_and(|(name, _)| types.iter().any(|one| one == name))
    };
    let text = stack.text();
    let lines = text.lines().skip_while(constructs);
    let mut places = lines.filter_map(|line| {
        let (before, place) = line.split_once(&file)?;
        let (line, column) = parsed(place)?;
        // In a function's frame the engine counts the first line's columns from zero.
        let from_zero = line == 1 && before.ends_with('(');
        Some((line, checking::column(line, column + u32::from(from_zero))))
    });
    places.next().unwrap_or((0, 0))
}

fn parsed(place: &str) -> Option<(u32, u32)> {
    let (line, column) = place.trim_end_matches(')').split_once(':')?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

/// What the boundary itself refuses.
pub(crate) fn not_plain(what: &str) -> Raised {
    Raised {
        types: vec!["TypeError".to_owned()],
        message: text::cut(&format!("returned {what}"), MESSAGE),
        at: None,
        not_plain: true,
    }
}
