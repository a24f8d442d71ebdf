//! Language packs: they check, run and hold open programs of one language, and run the tests of them.
//!
//! A pack's instance plays one part only. On the candidate side it holds a program, which may do to the
//! pack whatever it can: nothing that happens there decides a verdict. On the test side it runs a trusted
//! test program, and reaches the candidate with [`perform`] alone.

use std::{cell::RefCell, marker::PhantomData};

use crate::{begin, bindings::language::exports::falcon::language as exports};

pub use crate::bindings::{
    host::falcon::types::types::{Diagnostic, Severity, TestOutcome, Verdict},
    language::{
        exports::falcon::language::{
            harness::Request, pack::Description, program::Outcome, session::Failure,
        },
        falcon::language::{
            candidate::{Stopped, perform},
            exchange::{Operation, Raised, Reply},
        },
    },
};
pub use crate::stdio::{Stdin, Stdout};
/// Plain data, as it crosses between a program and its tests.
pub use falcon_value as value;

/// One language. Implement it on a type without content; an instance serves one export, or one session.
pub trait Language {
    /// A program held open.
    type Session: 'static;

    /// The language and its version.
    fn describe() -> Description;

    /// Compiles without running. An empty list, or one without errors, means that the program may be run.
    fn check(source: &str) -> Vec<Diagnostic>;

    /// Runs a whole program on the instance's standard input and output.
    fn run(source: &str, arguments: &[String]) -> Outcome;

    /// Runs a program's top level. Also gives the names of its functions.
    ///
    /// # Errors
    /// Where it does not compile, or its top level raises.
    fn open(source: &str) -> Result<(Self::Session, Vec<String>), Failure>;

    /// Does one operation on the open program. `arguments` are a plain-data pair of a list and a dict.
    ///
    /// # Errors
    /// What the program raised.
    fn perform(
        session: &mut Self::Session,
        operation: &Operation,
        arguments: &[u8],
    ) -> Result<Reply, Raised>;

    /// Runs a trusted test program whose candidate is remote. One outcome a test, in order.
    fn harness(request: &Request) -> Vec<TestOutcome>;
}

/// Serves a [`Language`] to the host; [`export_language!`](crate::export_language) uses it.
#[doc(hidden)]
pub struct Served<T>(PhantomData<T>);

impl<T: Language> exports::pack::Guest for Served<T> {
    fn describe() -> Description {
        begin();
        T::describe()
    }

    fn check(source: String) -> Vec<Diagnostic> {
        begin();
        T::check(&source)
    }
}

impl<T: Language> exports::program::Guest for Served<T> {
    fn run(source: String, args: Vec<String>) -> Outcome {
        begin();
        T::run(&source, &args)
    }
}

thread_local! {
    /// The program that this instance holds open.
    static OPEN: RefCell<Option<Box<dyn std::any::Any>>> = const { RefCell::new(None) };
}

impl<T: Language> exports::session::Guest for Served<T> {
    fn open(source: String) -> Result<Vec<String>, Failure> {
        begin();
        let (session, names) = T::open(&source)?;
        OPEN.with(|open| *open.borrow_mut() = Some(Box::new(session)));
        Ok(names)
    }

    fn perform(operation: Operation, arguments: Vec<u8>) -> Result<Reply, Raised> {
        begin();
        with_session::<T, _>(|session| T::perform(session, &operation, &arguments))
    }

    fn perform_all(operation: Operation, arguments: Vec<Vec<u8>>) -> Vec<Result<Reply, Raised>> {
        begin();
        with_session::<T, _>(|session| {
            arguments
                .iter()
                .map(|one| T::perform(session, &operation, one))
                .collect()
        })
    }
}

impl<T: Language> exports::harness::Guest for Served<T> {
    fn run(request: Request) -> Vec<TestOutcome> {
        begin();
        T::harness(&request)
    }
}

/// # Panics
/// Where no program is open, which the host never asks for.
fn with_session<T: Language, R>(then: impl FnOnce(&mut T::Session) -> R) -> R {
    OPEN.with(|open| {
        let mut open = open.borrow_mut();
        let session = open
            .as_mut()
            .and_then(|session| session.downcast_mut::<T::Session>());
        then(session.expect("a program is open"))
    })
}

/// Makes the crate a language pack: `export_language!(MyLanguage);`.
#[macro_export]
macro_rules! export_language {
    ($language:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(missing_docs, unsafe_code)]
        mod falcon_exports {
            use super::*;
            type Plugin = $crate::language::Served<$language>;
            $crate::bindings::language::export_bindings!(
                Plugin with_types_in $crate::bindings::language
            );
        }
    };
}
