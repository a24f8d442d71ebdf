//! The JavaScript language pack, on the engine QuickJS-ng.
#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "what is exported is exported to the host")
)]

mod checking;
mod data;
mod engine;
mod equal;
mod faults;
mod harness;
mod inspect;
mod running;
mod session;
mod text;
mod world;

use falcon_sdk::language::{
    Description, Diagnostic, Failure, Language, Operation, Outcome, Raised, Reply, Request,
    TestOutcome,
};

/// JavaScript.
struct JavaScript;

impl Language for JavaScript {
    type Session = session::Session;

    fn describe() -> Description {
        let detail = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Description {
            language: "javascript".to_owned(),
            version: "ES2025".to_owned(),
            extensions: ["js", "cjs"].map(str::to_owned).to_vec(),
            details: vec![
                detail("engine", "QuickJS-ng 0.16.2"),
                detail("programs", "scripts"),
            ],
        }
    }

    fn check(source: &str) -> Vec<Diagnostic> {
        checking::check(source)
    }

    fn run(source: &str, arguments: &[String]) -> Outcome {
        running::run(source, arguments)
    }

    fn open(source: &str) -> Result<(Self::Session, Vec<String>), Failure> {
        session::open(source)
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

falcon_sdk::export_language!(JavaScript);
