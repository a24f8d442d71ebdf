//! The candidate side: one program held open, its functions called with plain data.
//!
//! The program shares this instance, so it may change whatever scripts can. That wins it nothing: what
//! crosses is read by the engine's own means, and what it is compared with never enters.

use std::collections::HashMap;

use falcon_sdk::language::{
    Diagnostic, Failure, Operation, Raised, Reply,
    value::{self, Value as Plain},
};

use crate::{
    checking,
    data::{self, Malformed, NotPlain},
    engine::{self, Class, Kind, Thrown, Value},
    faults::{Fault, not_plain},
    world,
};

/// An open program.
#[derive(Default)]
pub(crate) struct Session {
    objects: Vec<Value>,
    numbers: HashMap<u64, u32>,
}

/// Runs a program's top level. Also gives the names of its functions.
pub(crate) fn open(source: &str) -> Result<(Session, Vec<String>), Failure> {
    engine::start();
    world::install(&[]);
    let before = engine::Value::global().own_keys(true, false).len();
    let compiled = checking::compile(source).map_err(|thrown| failed_to_compile(&thrown))?;
    let ran = engine::run(compiled).and_then(|_| world::settle(Value::undefined()));
    world::flush();
    match ran {
        Ok(_) => Ok((Session::default(), functions(before))),
        Err(thrown) => {
            leave(&thrown);
            Err(Failure::Raised(Fault::of(&thrown.value).raised()))
        }
    }
}

fn failed_to_compile(thrown: &Thrown) -> Failure {
    let fault = Fault::of(&thrown.value);
    if fault.types[0] == "MemoryError" {
        return Failure::Raised(fault.raised());
    }
    let found: Diagnostic = fault.diagnostic();
    Failure::Compile(vec![found])
}

/// The names of the program's functions: globals that were not there `before`, and what is lexical.
fn functions(before: usize) -> Vec<String> {
    let global = Value::global();
    let own = global.own_keys(true, false).into_iter().skip(before);
    own.chain(engine::lexical_names())
        .filter(|name| name.kind() == Kind::String && name.string_length() < 200)
        .map(|name| name.text())
        .filter(|name| {
            let found = engine::lookup(name);
            matches!(found, Ok(Some(value)) if value.is_callable())
        })
        .collect()
}

/// Ends the instance where the program ended its process.
fn leave(thrown: &Thrown) {
    if thrown.for_good {
        world::flush();
        engine::exit(world::exit_code().unwrap_or(0));
    }
}

/// The two ways in which an operation gives no value.
enum Stop {
    Thrown(Thrown),
    NotPlain(NotPlain),
}

impl From<Thrown> for Stop {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

/// The arguments of an operation, and how a function is called with them.
struct Call {
    arguments: Vec<Value>,
    this: Value,
    constructs: bool,
}

impl Session {
    pub(crate) fn perform(
        &mut self,
        operation: &Operation,
        arguments: &[u8],
    ) -> Result<Reply, Raised> {
        let done = self.reply(operation, arguments);
        world::flush();
        done.map_err(|stop| match stop {
            Stop::Thrown(thrown) => {
                leave(&thrown);
                Fault::of(&thrown.value).raised()
            }
            Stop::NotPlain(refused) => not_plain(&refused.what),
        })
    }

    fn reply(&mut self, operation: &Operation, arguments: &[u8]) -> Result<Reply, Stop> {
        let sent = value::decode(arguments).map_err(|error| malformed(&error.to_string()))?;
        let call = self.call(&sent)?;
        let given = self.perform_here(operation, &call)?;
        let given = world::settle(given)?;
        let plain = data::encode_answer(&given, data::REPLY, &mut |value| Ok(self.other(value)))
            .map_err(Stop::NotPlain)?;
        Ok(Reply {
            value: value::encode(&plain),
            changed: self.changed(&call.arguments, arguments)?,
        })
    }

    /// The arguments as they are now, where they are not what they were.
    fn changed(&mut self, arguments: &[Value], before: &[u8]) -> Result<Option<Vec<u8>>, Stop> {
        if arguments.iter().all(|one| !is_container(one)) {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(arguments.len());
        for one in arguments {
            let room = data::ARGUMENTS;
            let plain = data::encode(one, room, &mut |value| Ok(self.other(value)));
            items.push(plain.map_err(|refused| {
                let what = format!("(in an argument that it changed) {}", refused.what);
                Stop::NotPlain(NotPlain::new(what))
            })?);
        }
        let after = value::encode(&Plain::List(items));
        // What was sent is a pair: its tag and count, the list, the dict.
        let same = before
            .get(5..5 + after.len())
            .is_some_and(|list| list == after);
        Ok((!same).then(|| {
            let mut pair = vec![b't', 2, 0, 0, 0];
            pair.extend(after);
            pair.extend(value::encode(&Plain::Dict(Vec::new())));
            pair
        }))
    }

    fn call(&self, sent: &Plain) -> Result<Call, Stop> {
        let Plain::Tuple(parts) = sent else {
            return Err(malformed("no pair of arguments"));
        };
        let [Plain::List(positional), Plain::Dict(named)] = &parts[..] else {
            return Err(malformed("no pair of a list and a dict"));
        };
        let mut call = Call {
            arguments: Vec::with_capacity(positional.len()),
            this: Value::undefined(),
            constructs: false,
        };
        for one in positional {
            call.arguments.push(self.decoded(one)?);
        }
        for (name, value) in named {
            match name {
                Plain::Str(name) if name == b"this" => call.this = self.decoded(value)?,
                Plain::Str(name) if name == b"new" => call.constructs = *value == Plain::Bool(true),
                _ => return Err(malformed("JavaScript has no arguments by name")),
            }
        }
        Ok(call)
    }

    fn decoded(&self, plain: &Plain) -> Result<Value, Stop> {
        data::decode(plain, &mut |name, content| self.known(name, content)).map_err(|error| {
            match error {
                Malformed::Data(what) => malformed(&what),
                Malformed::Thrown(thrown) => Stop::Thrown(thrown),
            }
        })
    }

    /// What the test side may send beside plain data.
    fn known(&self, name: &str, content: &Plain) -> Result<Value, Malformed> {
        let wrong = || Malformed::Data(format!("malformed content of the type {name}"));
        match (name, content) {
            ("object", Plain::Tuple(parts)) => match parts.first() {
                Some(Plain::Handle(number)) => self.object(*number).map_err(Malformed::Thrown),
                _ => Err(wrong()),
            },
            ("global", Plain::Str(name)) => Ok(global(&String::from_utf8_lossy(name))?),
            ("builtin", Plain::Str(path)) => {
                let mut found = Value::global();
                for part in String::from_utf8_lossy(path).split('.') {
                    found = found.get_name(part)?;
                }
                Ok(found)
            }
            ("function", Plain::Str(source)) => {
                let source = String::from_utf8_lossy(source);
                Ok(engine::own_script(&format!("({source}\n)"), c"tests.js")?)
            }
            _ => Err(wrong()),
        }
    }

    fn perform_here(&self, operation: &Operation, call: &Call) -> Result<Value, Thrown> {
        match operation {
            Operation::Call(name) => apply(&global(name)?, call),
            Operation::CallHandle(number) => apply(&self.object(*number)?, call),
            Operation::CallMethod((number, name)) => {
                let object = self.object(*number)?;
                object.get(&key(name)?)?.call(&object, &call.arguments)
            }
            Operation::GetAttribute((number, name)) => self.object(*number)?.get(&key(name)?),
            Operation::SetAttribute((number, name)) => {
                let value = call
                    .arguments
                    .first()
                    .cloned()
                    .unwrap_or_else(Value::undefined);
                self.object(*number)?.set_property(&key(name)?, &value)?;
                Ok(Value::undefined())
            }
            Operation::GetGlobal(name) => global(name),
        }
    }

    fn object(&self, number: u32) -> Result<Value, Thrown> {
        let object = self.objects.get(number as usize);
        object.cloned().ok_or_else(|| {
            Thrown::new(
                Class::ReferenceError,
                &format!("there is no object {number}"),
            )
        })
    }

    /// What is not plain stays here and crosses as a handle, with its type's name.
    fn other(&mut self, value: &Value) -> Plain {
        let next = u32::try_from(self.objects.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(value.address()).or_insert(next);
        if number == next {
            self.objects.push(value.clone());
        }
        let parts = vec![
            Plain::Handle(number),
            Plain::Str(data::type_name(value).into_bytes()),
            Plain::Bool(value.is_callable()),
        ];
        Plain::Known("object".to_owned(), Box::new(Plain::Tuple(parts)))
    }
}

fn apply(function: &Value, call: &Call) -> Result<Value, Thrown> {
    if call.constructs {
        function.construct(&call.arguments)
    } else {
        function.call(&call.this, &call.arguments)
    }
}

/// One of the program's own names: a top-level one, else one that it exports, else its only export.
fn global(name: &str) -> Result<Value, Thrown> {
    if let Some(found) = engine::lookup(name)? {
        return Ok(found);
    }
    for holder in ["module", "exports"] {
        let Some(mut exports) = engine::lookup(holder)?.filter(Value::is_object) else {
            continue;
        };
        if holder == "module" {
            exports = exports.get_name("exports")?;
        }
        if exports.is_object() {
            let found = exports.get_name(name)?;
            if !found.is_undefined() {
                return Ok(found);
            }
        }
        if exports.is_callable() {
            return Ok(exports);
        }
    }
    Err(Thrown::new(
        Class::ReferenceError,
        &format!("{name} is not defined"),
    ))
}

/// The key that a name stands for: two of the symbols have names that cross.
fn key(name: &str) -> Result<Value, Thrown> {
    match name.strip_prefix("@@") {
        Some(symbol @ ("iterator" | "asyncIterator")) => {
            Value::global().get_name("Symbol")?.get_name(symbol)
        }
        _ => Value::utf8(name),
    }
}

fn is_container(value: &Value) -> bool {
    matches!(
        value.kind(),
        Kind::Array | Kind::Object | Kind::Map | Kind::Set | Kind::TypedArray | Kind::ArrayBuffer
    )
}

fn malformed(what: &str) -> Stop {
    let message = format!("the arguments are malformed: {what}");
    Stop::Thrown(Thrown::new(Class::TypeError, &message))
}
