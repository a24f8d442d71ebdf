//! The candidate side: holds a program, whose functions are called from outside. The program is a stranger's: nothing
//! here knows what its answers should be.

use falcon_sdk::language::{Failure, Operation, Raised, Reply, value::encode};

use crate::{
    cross,
    machine::Machine,
    read::read,
    stop::{self, Stop, diagnostic},
    value::Value,
};

/// A program held open.
pub struct Session(Machine);

/// Runs a program's top level. Also gives the names of its functions.
pub fn open(source: &str) -> Result<(Session, Vec<String>), Failure> {
    let nodes = read(source).map_err(|(message, at)| {
        Failure::Compile(vec![diagnostic("syntax error", &message, Some(at))])
    })?;
    let mut machine = Machine::new();
    machine.run(&nodes).map_err(|stop| Failure::Raised(raised(stop)))?;
    let names = machine.globals.functions();
    Ok((Session(machine), names))
}

impl Session {
    /// Does one operation. This language has no objects, so there are two.
    pub fn perform(&mut self, operation: &Operation, arguments: &[u8]) -> Result<Reply, Raised> {
        let name = match operation {
            Operation::Call(name) | Operation::GetGlobal(name) => name,
            _ => return Err(not_plain("was asked for what its language has not".to_owned())),
        };
        let found = self.0.globals.get(name);
        let found = found.ok_or_else(|| raised(Stop::error(format!("there is no name `{name}`"))))?;
        if matches!(operation, Operation::GetGlobal(_)) {
            return reply(&found, None);
        }
        let given = cross::positional(arguments).map_err(|why| not_plain(format!("was given {why}")))?;
        let given: Result<Vec<Value>, String> = given.iter().map(cross::into).collect();
        let given = given.map_err(|why| not_plain(format!("was given {why}")))?;
        let value = self.0.call(&found, &given).map_err(raised)?;
        // What was made no plain data stays as it was given.
        let after = cross::arguments(&given).ok();
        reply(&value, after.filter(|after| *after != arguments))
    }
}

fn reply(value: &Value, changed: Option<Vec<u8>>) -> Result<Reply, Raised> {
    let value = cross::out(value).map_err(|why| not_plain(format!("returned {why}")))?;
    Ok(Reply {
        value: encode(&value),
        changed,
    })
}

/// What a test program calls the error by which a program ends itself.
pub const EXIT: &str = "exit";

fn raised(stop: Stop) -> Raised {
    match stop {
        Stop::Raised(stop::Raised {
            class, message, at, ..
        }) => Raised {
            at: at.map(|at| diagnostic(&class, &message, Some(at))),
            types: vec![class],
            message,
            not_plain: false,
        },
        Stop::Exit(code) => Raised {
            types: vec![EXIT.to_owned()],
            message: format!("the program ended itself with exit code {code}"),
            at: None,
            not_plain: false,
        },
        Stop::NotPlain(message) | Stop::Ended(_, message) => not_plain(message),
    }
}

fn not_plain(message: String) -> Raised {
    Raised {
        types: vec!["error".to_owned()],
        message,
        at: None,
        not_plain: true,
    }
}
