//! The engine: its values, and what can be asked of them without a script taking part.

mod ffi;

use std::{cell::Cell, ffi::CStr};

pub(crate) use ffi::{
    Value, enqueue, exit, files, function, job, lexical_names, lookup, now, read_all, refused,
    sleep, take_rejected, write,
};

/// What scripts may use of the stack, in bytes. `build.rs` reserves it, and as much again for what the
/// engine does without asking.
const STACK: usize = 4 << 20;

/// The file name of the program, as places in it are told.
pub(crate) const PROGRAM: &CStr = c"program.js";

/// What a value is, by the engine's own classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Undefined,
    Null,
    Bool,
    Number,
    BigInt,
    String,
    Symbol,
    Array,
    Object,
    Function,
    Error,
    Map,
    Set,
    Date,
    RegExp,
    TypedArray,
    ArrayBuffer,
    Promise,
    Proxy,
    Iterator,
    Boxed,
    Weak,
    Arguments,
    Other,
}

impl Kind {
    fn of(number: i32) -> Self {
        const ALL: [Kind; 24] = [
            Kind::Undefined,
            Kind::Null,
            Kind::Bool,
            Kind::Number,
            Kind::BigInt,
            Kind::String,
            Kind::Symbol,
            Kind::Array,
            Kind::Object,
            Kind::Function,
            Kind::Error,
            Kind::Map,
            Kind::Set,
            Kind::Date,
            Kind::RegExp,
            Kind::TypedArray,
            Kind::ArrayBuffer,
            Kind::Promise,
            Kind::Proxy,
            Kind::Iterator,
            Kind::Boxed,
            Kind::Weak,
            Kind::Arguments,
            Kind::Other,
        ];
        usize::try_from(number)
            .ok()
            .and_then(|at| ALL.get(at).copied())
            .unwrap_or(Kind::Other)
    }

    /// Whether such a value is no object.
    pub(crate) fn is_primitive(self) -> bool {
        (self as u8) <= Kind::Symbol as u8
    }
}

/// The error classes that we raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Error,
    RangeError,
    ReferenceError,
    TypeError,
}

/// An own property, looked at without running an accessor.
pub(crate) enum Property {
    Absent,
    Data(Value),
    /// Which accessors it has: 1 a getter, 2 a setter, 3 both.
    Accessor(u8),
}

impl Property {
    pub(crate) fn data(self) -> Option<Value> {
        match self {
            Self::Data(value) => Some(value),
            _ => None,
        }
    }
}

/// What a script threw.
pub(crate) struct Thrown {
    pub(crate) value: Value,
    /// Whether no script may catch it.
    pub(crate) for_good: bool,
}

impl Thrown {
    pub(crate) fn new(class: Class, message: &str) -> Self {
        Self::value(Value::error(class, message))
    }

    pub(crate) fn value(value: Value) -> Self {
        Self {
            value,
            for_good: false,
        }
    }

    /// Ends every script that is running.
    pub(crate) fn for_good() -> Self {
        Self {
            value: Value::undefined(),
            for_good: true,
        }
    }

    fn pending() -> Self {
        let value = Value::pending();
        let for_good = value.is_for_good();
        Self { value, for_good }
    }
}

thread_local! {
    static STARTED: Cell<bool> = const { Cell::new(false) };
}

/// Starts the engine where it is not running yet.
///
/// # Panics
/// Where there is no memory for it.
pub(crate) fn start() {
    if !STARTED.replace(true) {
        assert!(ffi::start(STACK), "no memory for the JavaScript engine");
    }
}

/// Compiles a script without running it.
pub(crate) fn compile(source: &str, file: &CStr) -> Result<Value, Thrown> {
    ffi::eval(source, file, 1)
}

/// Runs a compiled script.
pub(crate) fn run(compiled: Value) -> Result<Value, Thrown> {
    ffi::run(compiled)
}

/// Runs a script of our own, whose names are its own.
pub(crate) fn own_script(source: &str, file: &CStr) -> Result<Value, Thrown> {
    ffi::eval(source, file, 2)
}

impl Value {
    /// Text of any encoding that crosses: WTF-8.
    pub(crate) fn wtf8(text: &[u8]) -> Result<Self, Thrown> {
        match std::str::from_utf8(text) {
            Ok(text) => Self::utf8(text),
            Err(_) => Self::utf16(&crate::text::to_utf16(text)),
        }
    }

    /// Text that is known to be short.
    pub(crate) fn str(text: &str) -> Self {
        Self::utf8(text).unwrap_or_else(|_| Self::undefined())
    }

    /// A primitive's text for people.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes().unwrap_or_default()).into_owned()
    }

    pub(crate) fn is_undefined(&self) -> bool {
        self.kind() == Kind::Undefined
    }

    pub(crate) fn is_object(&self) -> bool {
        !self.kind().is_primitive()
    }

    pub(crate) fn is_callable(&self) -> bool {
        self.kind() == Kind::Function
    }

    /// Reads a property as scripts do.
    pub(crate) fn get_name(&self, name: &str) -> Result<Self, Thrown> {
        self.get(&Self::utf8(name)?)
    }

    /// An own data property, or one of the prototypes', found without running anything.
    pub(crate) fn inherited(&self, name: &str) -> Option<Self> {
        let mut holder = self.clone();
        // A chain of prototypes may be as long as a program likes.
        for _ in 0..64 {
            match holder.own_name(name) {
                Property::Data(value) => return Some(value),
                Property::Accessor(_) => return None,
                Property::Absent => holder = holder.prototype(),
            }
            if !holder.is_object() {
                return None;
            }
        }
        None
    }

    /// The name that a function has of its own.
    pub(crate) fn function_name(&self) -> Option<String> {
        let name = self.own_name("name").data()?;
        let short = name.kind() == Kind::String && name.string_length() <= 200;
        short.then(|| name.text())
    }

    /// The name of the nearest constructor that has one, along the prototypes.
    pub(crate) fn constructor_name(&self) -> Option<String> {
        let mut holder = self.clone();
        for _ in 0..64 {
            let constructor = holder.own_name("constructor").data();
            let name = constructor
                .filter(Self::is_callable)
                .and_then(|one| one.function_name());
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                return Some(name);
            }
            holder = holder.prototype();
            if !holder.is_object() {
                return None;
            }
        }
        None
    }

    /// Defines a function of ours as a property.
    pub(crate) fn define_function(&self, name: &str, length: i32, native: ffi::Native) {
        // There is memory for it: this is done before any program runs.
        let _ = self.define(name, &function(name, length, native, false), true);
    }
}
