//! The program's instance, and how the test side reaches it.

use falcon_episode::{MAX_BYTES, decode};
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
};

/// A program in an instance of its own.
pub(super) struct Candidate {
    store: Store<Side>,
    guest: Guest,
    /// Why it cannot be asked again, once it cannot.
    pub(super) ended: Option<Ending>,
}

/// Ends an instance that asks for the candidate and is not the test side.
#[derive(Debug, thiserror::Error)]
#[error("the program tried to reach the interface of its own tests")]
pub(super) struct Forbidden;

/// Longest text that crosses from a program, in bytes.
const TEXT: usize = 8 << 10;
/// Most exception class names that cross.
const NAMES: usize = 32;

impl Candidate {
    /// A candidate in this instance.
    pub(super) fn new(store: Store<Side>, guest: Guest) -> Self {
        Self {
            store,
            guest,
            ended: None,
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

    /// Does one operation.
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
        self.ended_by(done).map(checked)
    }

    /// Does one operation with each of the arguments.
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
        Ok(replies.into_iter().map(checked).collect())
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
        result.map_err(|error| {
            let ending = ending::of(&error, self.store.data());
            self.ended = Some(ending.clone());
            ending
        })
    }
}

/// A reply is believed only where it is plain data; texts are bounded.
fn checked(done: Result<Reply, Raised>) -> Result<Reply, Raised> {
    match done {
        Ok(reply) => {
            let parts = [Some(&reply.value), reply.changed.as_ref()];
            for bytes in parts.into_iter().flatten() {
                if let Err(error) = decode(bytes) {
                    return Err(not_plain(format!(
                        "returned data that is malformed: {error}"
                    )));
                }
            }
            Ok(reply)
        }
        Err(mut raised) => {
            convert::cut(&mut raised.message, TEXT);
            raised.types.truncate(NAMES);
            raised
                .types
                .iter_mut()
                .for_each(|name| convert::cut(name, TEXT / NAMES));
            if raised.types.is_empty() {
                raised.types.push("BaseException".to_owned());
            }
            if let Some(at) = &mut raised.at {
                convert::cut(&mut at.class, TEXT / NAMES);
                convert::cut(&mut at.message, TEXT);
            }
            Err(raised)
        }
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
            return Ok(Err(Stopped::Ended((
                types::Verdict::Infrastructure,
                format!("the tests pass {} bytes of arguments", arguments.len()),
            ))));
        }
        Ok(match candidate.perform(&operation, &arguments) {
            Ok(done) => done.map_err(Stopped::Raised),
            Err(ending) => Err(Stopped::Ended((
                convert::to_verdict(ending.verdict),
                ending.message,
            ))),
        })
    }
}
