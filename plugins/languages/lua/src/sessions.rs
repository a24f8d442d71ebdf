//! The candidate side: holds a program, whose functions and objects are used from outside.

use falcon_sdk::language::{
    Failure, Operation, Raised, Reply,
    value::{Value, decode},
};

use crate::{
    checking, ffi,
    lua::{Error, Fault, State},
};

/// A program held open.
pub(crate) struct Session(State);

/// Runs the program's top level. Also gives the names of its functions.
pub(crate) fn open(source: &str) -> Result<(Session, Vec<String>), Failure> {
    let mut lua = checking::load(source).map_err(|error| Failure::Compile(vec![error]))?;
    lua.open()
        .map_err(|error| Failure::Raised(raised(error, true)))?;
    let names = match lua.call(|lua| lua.names()) {
        Ok(()) => names(&ffi::reply().0),
        Err(_) => Vec::new(),
    };
    Ok((Session(lua), names))
}

fn names(list: &[u8]) -> Vec<String> {
    let Ok(Value::List(names)) = decode(list) else {
        return Vec::new();
    };
    let text = |name| match name {
        Value::Str(name) => String::from_utf8(name).ok(),
        _ => None,
    };
    names.into_iter().filter_map(text).collect()
}

impl Session {
    /// Does one operation.
    pub(crate) fn perform(
        &mut self,
        operation: &Operation,
        arguments: &[u8],
    ) -> Result<Reply, Raised> {
        let done = self.0.call(|lua| lua.perform(operation, arguments));
        let (value, changed, answered) = ffi::reply();
        match done {
            Ok(()) => Ok(Reply { value, changed }),
            Err(error) => Err(raised(error, answered)),
        }
    }
}

/// The error as it crosses: with the text as Lua has it, since tests may look at all of it.
fn raised(error: Error, answered: bool) -> Raised {
    match error {
        Error::Raised(fault) => of_fault(&fault),
        Error::NotPlain(why) if answered => not_plain(format!("returned {why}")),
        Error::NotPlain(why) => not_plain(format!("was given {why}")),
        Error::Stopped => not_plain("returned nothing".to_owned()),
    }
}

fn of_fault(fault: &Fault) -> Raised {
    Raised {
        types: vec![fault.class().to_owned()],
        message: fault.message.clone(),
        at: Some(fault.diagnostic()),
        not_plain: false,
    }
}

fn not_plain(message: String) -> Raised {
    Raised {
        types: vec!["TypeError".to_owned()],
        message,
        at: None,
        not_plain: true,
    }
}
