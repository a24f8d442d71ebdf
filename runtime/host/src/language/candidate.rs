//! The program's instance, and how the test side reaches it.

use falcon_episode::{MAX_BYTES, Value, Verdict, decode};
use wasmtime::Store;

use super::{
    bindings::{
        LanguagePack as Guest,
        exports::falcon::language::session::Failure,
        falcon::language::candidate::{Host, Stopped},
        falcon::language::exchange::{Operation, Raised, Reply},
        falcon::types::types,
    },
    convert, ending,
    ending::Ending,
    side::Side,
    work::paid,
};

/// A program in an instance of its own.
pub(super) struct Candidate {
    store: Store<Side>,
    guest: Guest,
    /// Why it cannot be asked again, once it cannot.
    pub(super) ended: Option<Ending>,
    /// Whether it has answered an operation, so that the test side holds something of its making.
    pub(super) answered: bool,
}

/// Ends an instance that asks for the candidate and is not the test side.
#[derive(Debug, thiserror::Error)]
#[error("the program tried to reach the interface of its own tests")]
pub(super) struct Forbidden;

impl Candidate {
    /// A candidate in this instance.
    pub(super) fn new(store: Store<Side>, guest: Guest) -> Self {
        Self {
            store,
            guest,
            ended: None,
            answered: false,
        }
    }

    /// Runs the program's top level. The inner error is the program's own.
    pub(super) fn open(&mut self, source: &str) -> Result<Result<Vec<String>, Failure>, Ending> {
        let opened = self
            .guest
            .falcon_language_session()
            .call_open(&mut self.store, source);
        self.ended_by(opened)
    }

    /// Does one operation: what came of it, as it came.
    pub(super) fn perform(
        &mut self,
        operation: &Operation,
        arguments: &[u8],
    ) -> Result<Result<Reply, Raised>, Ending> {
        if let Some(ending) = &self.ended {
            return Err(ending.clone());
        }
        let done = self.guest.falcon_language_session().call_perform(
            &mut self.store,
            operation,
            arguments,
        );
        let done = self.ended_by(done)?;
        self.answered = true;
        Ok(done)
    }

    /// Does one operation with each of the arguments: a result for each, as they came.
    pub(super) fn perform_all(
        &mut self,
        operation: &Operation,
        arguments: &[Vec<u8>],
    ) -> Result<Vec<Result<Reply, Raised>>, Ending> {
        let done = self.guest.falcon_language_session().call_perform_all(
            &mut self.store,
            operation,
            arguments,
        );
        let replies = self.ended_by(done)?;
        if replies.len() == arguments.len() {
            return Ok(replies);
        }
        // Only a session that the program has changed leaves a call out. It may not choose its tests.
        let ending = Ending {
            verdict: Verdict::Forbidden,
            message: format!(
                "the program changed the session that calls it: {} replies to {} calls",
                replies.len(),
                arguments.len()
            ),
            exit_code: None,
        };
        self.ended = Some(ending.clone());
        Err(ending)
    }

    /// Fuel left.
    pub(super) fn fuel(&self) -> u64 {
        self.store.get_fuel().unwrap_or(0)
    }

    /// The instance's data.
    pub(super) fn side(&self) -> &Side {
        self.store.data()
    }

    fn ended_by<T>(&mut self, result: wasmtime::Result<T>) -> Result<T, Ending> {
        paid(&mut self.store, result).map_err(|error| {
            let ending = ending::of(&error, self.store.data());
            self.ended = Some(ending.clone());
            ending
        })
    }
}

/// A reply is believed only where it is plain data; texts are bounded.
pub(super) fn checked(done: Result<Reply, Raised>) -> Result<Reply, Raised> {
    let reply = done.map_err(convert::raised)?;
    let parts = [Some(&reply.value), reply.changed.as_ref()];
    for bytes in parts.into_iter().flatten() {
        let malformed = match decode(bytes) {
            Ok(value) if has_stray_handle(&value) => {
                "a handle that belongs to no object".to_owned()
            }
            Ok(_) => continue,
            Err(error) => error.to_string(),
        };
        let message = format!("returned data that is malformed: {malformed}");
        return Err(not_plain(message));
    }
    Ok(reply)
}

/// Whether a handle stands elsewhere than where one may: in an object with the name of its type and
/// whether it can be called, and in an iterator, which the tests may also have passed as the list of its items. The
/// test side takes what these hold for granted.
fn has_stray_handle(value: &Value) -> bool {
    match value {
        Value::Handle(_) => true,
        Value::Known(name, content) => match (name.as_str(), &**content) {
            ("iterator", Value::Handle(_)) => false,
            ("iterator", Value::List(items)) => items.iter().any(has_stray_handle),
            ("iterator", _) => true,
            ("object", Value::Tuple(parts)) => {
                !matches!(parts[..], [Value::Handle(_), Value::Str(_), Value::Bool(_)])
            }
            ("object", _) => true,
            (_, content) => has_stray_handle(content),
        },
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
            items.iter().any(has_stray_handle)
        }
        Value::Dict(pairs) => pairs
            .iter()
            .any(|(key, value)| has_stray_handle(key) || has_stray_handle(value)),
        _ => false,
    }
}

/// What stands for a reply that is no plain data.
pub(super) fn not_plain(message: String) -> Raised {
    Raised {
        types: vec!["TypeError".to_owned()],
        message,
        at: None,
        not_plain: true,
    }
}

impl Host for Side {
    fn perform(
        &mut self,
        operation: Operation,
        arguments: Vec<u8>,
    ) -> wasmtime::Result<Result<Reply, Stopped>> {
        let Some(candidate) = self.candidate.as_mut() else {
            return Err(Forbidden.into());
        };
        if arguments.len() > MAX_BYTES {
            let verdict = if candidate.answered {
                types::Verdict::Failed
            } else {
                types::Verdict::Infrastructure
            };
            return Ok(Err(Stopped::Ended((
                verdict,
                format!(
                    "the tests pass {} bytes of arguments, and {MAX_BYTES} may cross",
                    arguments.len()
                ),
            ))));
        }
        Ok(match candidate.perform(&operation, &arguments) {
            Ok(done) => checked(done).map_err(Stopped::Raised),
            Err(ending) => Err(Stopped::Ended((
                convert::to_verdict(ending.verdict),
                ending.message,
            ))),
        })
    }
}
