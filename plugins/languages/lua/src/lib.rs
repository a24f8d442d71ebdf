//! The Lua language pack: PUC-Rio Lua 5.4, compiled from C.
//!
//! `glue/` is between Lua and this crate; everything that may raise a Lua error stays there.

#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "only the component's exports use it")
)]

mod checking;
mod ffi;
mod harness;
mod lua;
mod running;
mod sessions;

use falcon_sdk::language::{
    Description, Diagnostic, Failure, Language, Operation, Outcome, Raised, Reply, Request,
    TestOutcome,
};

/// The language.
struct Lua;

impl Language for Lua {
    type Session = sessions::Session;

    fn describe() -> Description {
        Description {
            language: "lua".to_owned(),
            version: "5.4.8".to_owned(),
            extensions: vec!["lua".to_owned()],
            details: vec![("implementation".to_owned(), "PUC-Rio Lua".to_owned())],
        }
    }

    fn check(source: &str) -> Vec<Diagnostic> {
        checking::check(source)
    }

    fn run(source: &str, arguments: &[String]) -> Outcome {
        running::run(source, arguments)
    }

    fn open(source: &str) -> Result<(Self::Session, Vec<String>), Failure> {
        sessions::open(source)
    }

    fn perform(
        session: &mut Self::Session,
        operation: &Operation,
        arguments: &[u8],
    ) -> Result<Reply, Raised> {
        session.perform(operation, arguments)
    }

    fn harness(request: &Request) -> Vec<TestOutcome> {
        harness::run(request)
    }
}

falcon_sdk::export_language!(Lua);
