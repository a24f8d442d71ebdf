//! What programs compute with.

use std::{cell::RefCell, collections::HashMap, fmt, rc::Rc};

use crate::{machine::Machine, read::Node, stop::Stop};

/// A value. Lists are shared: who holds one sees what others change in it.
#[derive(Clone)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    List(Rc<RefCell<Vec<Value>>>),
    Function(Rc<Function>),
    /// A function of the language's own.
    Native(Native),
    /// On the test side: a function of the program, by its name.
    Remote(Rc<str>),
}

/// A function of the language's own.
#[derive(Clone, Copy)]
pub struct Native {
    pub name: &'static str,
    pub call: fn(&mut Machine, &[Value]) -> Result<Value, Stop>,
}

/// A function that a program defines.
pub struct Function {
    pub parameters: Vec<Rc<str>>,
    pub body: Rc<[Node]>,
    pub scope: Scope,
}

/// The names that a piece of a program sees.
#[derive(Clone, Default)]
pub struct Scope(Rc<Names>);

#[derive(Default)]
struct Names {
    own: RefCell<HashMap<Rc<str>, Value>>,
    outer: Option<Scope>,
}

impl Scope {
    /// A scope inside this one.
    pub fn inner(&self) -> Self {
        Self(Rc::new(Names {
            own: RefCell::default(),
            outer: Some(self.clone()),
        }))
    }

    pub fn get(&self, name: &str) -> Option<Value> {
        let own = self.0.own.borrow().get(name).cloned();
        own.or_else(|| self.0.outer.as_ref()?.get(name))
    }

    pub fn define(&self, name: Rc<str>, value: Value) {
        self.0.own.borrow_mut().insert(name, value);
    }

    /// Changes the nearest of this name; false where there is none.
    pub fn set(&self, name: &str, value: Value) -> bool {
        if let Some(place) = self.0.own.borrow_mut().get_mut(name) {
            *place = value;
            return true;
        }
        match &self.0.outer {
            Some(outer) => outer.set(name, value),
            None => false,
        }
    }

    /// The names of functions defined here, sorted.
    pub fn functions(&self) -> Vec<String> {
        let own = self.0.own.borrow();
        let functions = own.iter().filter(|(_, value)| matches!(value, Value::Function(_)));
        let mut names: Vec<_> = functions.map(|(name, _)| name.to_string()).collect();
        names.sort();
        names
    }
}

impl Value {
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(RefCell::new(items)))
    }

    /// What the language calls its type.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "text",
            Self::List(_) => "list",
            Self::Function(_) | Self::Native(_) | Self::Remote(_) => "function",
        }
    }

    /// Whether both are the same; an int is equal to the float of the same number, and functions to nothing.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Int(a), Self::Float(b)) | (Self::Float(b), Self::Int(a)) => *a as f64 == *b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) => {
                let (a, b) = (a.borrow(), b.borrow());
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.is(b))
            }
            _ => false,
        }
    }

    fn show(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) if depth == 0 => f.write_str(text),
            Self::Text(text) => write!(f, "{text:?}"),
            // A list may be inside itself.
            Self::List(_) if depth > 20 => f.write_str("(...)"),
            Self::List(items) => {
                f.write_str("(")?;
                for (at, item) in items.borrow().iter().enumerate() {
                    f.write_str(if at > 0 { " " } else { "" })?;
                    item.show(f, depth + 1)?;
                }
                f.write_str(")")
            }
            Self::Function(_) => f.write_str("a function"),
            Self::Native(native) => f.write_str(native.name),
            Self::Remote(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show(f, 0)
    }
}
