//! The candidate as one run of the tests sees it. What went wrong is kept, whatever the tests catch.
//!
//! What the program answers may fail a test and may never break one.

use std::{cell::RefCell, collections::HashMap};

use falcon_sdk::language::{
    Operation, Raised, Reply, Stopped, Verdict, perform,
    value::{self, Value as Plain},
};

use super::{errors, handles, sending, views};
use crate::{
    data::{self, ARGUMENTS, Malformed, NotPlain},
    engine::{Class, Thrown, Value},
    inspect,
};

/// The state of a run. It is reached from functions that scripts call, so no borrow outlives a line.
#[derive(Default)]
pub(super) struct Link {
    /// Why the candidate is gone.
    pub(super) ended: Option<(Verdict, String)>,
    /// Why an answer of the program is none.
    pub(super) refusal: Option<String>,
    /// What the tests passed that cannot cross.
    pub(super) unsendable: Option<String>,
    /// Whether the program has answered an operation.
    pub(super) answered: bool,
    /// What the program gave last, for messages.
    pub(super) last: Option<String>,
    /// What the program raised, by what stands for it here.
    pub(super) raised: HashMap<u64, (Value, Raised)>,
}

thread_local! {
    pub(super) static LINK: RefCell<Link> = RefCell::default();
}

pub(super) fn with<T>(then: impl FnOnce(&mut Link) -> T) -> T {
    LINK.with_borrow_mut(then)
}

/// Longest value that is shown in a message, in characters.
const SHOWN: usize = 200;

/// How an operation is done: with what, on what, and whether it makes an object.
#[derive(Default)]
pub(super) struct Use<'a> {
    pub(super) arguments: &'a [Value],
    pub(super) this: Option<&'a Value>,
    pub(super) constructs: bool,
    /// Whether the program chose what is called: a method of its object, not one of its names.
    pub(super) on_handle: bool,
}

/// Carries one operation across: gives its value, or raises its exception.
pub(super) fn carry(operation: &Operation, how: &Use<'_>) -> Result<Value, Thrown> {
    views::write_back()?;
    carry_only(operation, how)
}

/// The same without looking at what the tests changed before.
pub(super) fn carry_only(operation: &Operation, how: &Use<'_>) -> Result<Value, Thrown> {
    if with(|link| link.ended.is_some() || link.unsendable.is_some()) {
        return Err(Thrown::for_good());
    }
    let mut items = Vec::with_capacity(how.arguments.len());
    for one in how.arguments {
        items.push(encoded(one, how.on_handle)?);
    }
    let mut named = Vec::new();
    let name = |name: &str| Plain::Str(name.as_bytes().to_vec());
    if let Some(this) = how.this {
        named.push((name("this"), encoded(this, how.on_handle)?));
    }
    if how.constructs {
        named.push((name("new"), Plain::Bool(true)));
    }
    let pair = Plain::Tuple(vec![Plain::List(items), Plain::Dict(named)]);
    match perform(operation, &value::encode(&pair)) {
        Ok(reply) => {
            with(|link| link.answered = true);
            accepted(&reply, how.arguments)
        }
        Err(Stopped::Ended(ended)) => {
            with(|link| link.ended = Some(ended));
            Err(Thrown::for_good())
        }
        Err(Stopped::Raised(raised)) => {
            with(|link| link.answered = true);
            if raised.not_plain {
                return Err(refuse(&format!(
                    "{}, which is not plain data",
                    raised.message
                )));
            }
            with(|link| link.last = None);
            Err(errors::thrown(raised))
        }
    }
}

/// The program's answer is none. Sticks, so that no `catch` of the tests can hide it.
pub(super) fn refuse(message: &str) -> Thrown {
    with(|link| {
        link.refusal
            .get_or_insert_with(|| message.to_owned())
            .clone()
    });
    Thrown::new(Class::TypeError, message)
}

/// A value of the tests as it crosses.
pub(super) fn encoded(value: &Value, on_handle: bool) -> Result<Plain, Thrown> {
    data::encode(value, ARGUMENTS, &mut sending::other).map_err(|NotPlain { what, too_much }| {
        // With a function that it chose itself the program could make any value one that cannot cross.
        if on_handle || (too_much && with(|link| link.answered)) {
            return refuse(&format!(
                "the tests pass {what} to what it returned, which is no answer to them"
            ));
        }
        let message = format!("the tests pass {what}, which cannot cross to the program");
        with(|link| link.unsendable = Some(message));
        Thrown::for_good()
    })
}

fn accepted(reply: &Reply, arguments: &[Value]) -> Result<Value, Thrown> {
    let plain = |bytes: &[u8]| {
        value::decode(bytes).map_err(|error| refuse(&format!("returned malformed data ({error})")))
    };
    let made = data::decode(&plain(&reply.value)?, &mut handles::known).map_err(refused)?;
    if let Some(changed) = &reply.changed {
        let Plain::Tuple(parts) = plain(changed)? else {
            return Err(refuse("returned malformed changes"));
        };
        if let Some(Plain::List(items)) = parts.first() {
            for (before, after) in arguments.iter().zip(items) {
                data::update(before, after, &mut handles::known).map_err(refused)?;
            }
        }
    }
    let shown = inspect::shown(&made, SHOWN);
    with(|link| link.last = Some(shown));
    Ok(made)
}

fn refused(error: Malformed) -> Thrown {
    match error {
        Malformed::Data(what) => refuse(&format!("returned malformed data ({what})")),
        Malformed::Thrown(thrown) => thrown,
    }
}
