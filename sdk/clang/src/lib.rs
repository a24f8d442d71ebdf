//! What the C and C++ language packs share.
//!
//! A program is compiled in three steps, each a tool run by the host: its leading `#include`s become a
//! precompiled header, which is kept; the program is compiled on top of it; the object is linked.

mod c;
mod compile;
mod cpp;
mod diagnostics;
mod preamble;
mod wide;

use std::marker::PhantomData;

use falcon_sdk_compiler::{
    CompiledLanguage, Description, Diagnostic, Failure, Request, Role, Step,
};

pub use c::C;
pub use cpp::Cpp;

/// The compiler's version.
const CLANG: &str = "22.1.0";

/// What differs between the languages.
pub trait Dialect {
    /// The name that users select it by.
    const NAME: &'static str;
    /// The language's standard.
    const STANDARD: &'static str;
    /// File name suffixes.
    const EXTENSIONS: &'static [&'static str];

    /// Finds what is wrong with a program.
    fn check(source: &str) -> Vec<Diagnostic>;
    /// The headers to precompile for a request.
    fn prepare(request: &Request) -> Vec<Step>;
    /// Makes a whole program.
    ///
    /// # Errors
    /// Where it does not compile.
    fn program(request: &Request) -> Result<u32, Failure>;
    /// Makes the candidate side.
    ///
    /// # Errors
    /// Where it does not compile, or a function is missing.
    fn candidate(request: &Request) -> Result<u32, Failure>;
    /// Makes the test side.
    ///
    /// # Errors
    /// Where it does not compile.
    fn tests(request: &Request) -> Result<u32, Failure>;
}

/// A pack of one of the languages.
pub struct Pack<D>(PhantomData<D>);

impl<D: Dialect> CompiledLanguage for Pack<D> {
    fn describe() -> Description {
        Description {
            language: D::NAME.to_owned(),
            version: D::STANDARD.to_owned(),
            extensions: D::EXTENSIONS.iter().map(|&one| one.to_owned()).collect(),
            details: vec![("compiler".to_owned(), format!("clang {CLANG}"))],
        }
    }

    fn check(source: &str) -> Vec<Diagnostic> {
        D::check(source)
    }

    fn prepare(request: &Request) -> Vec<Step> {
        D::prepare(request)
    }

    fn compile(request: &Request) -> Result<u32, Failure> {
        match request.role {
            Role::Program => D::program(request),
            Role::Candidate => D::candidate(request),
            Role::Tests => D::tests(request),
        }
    }
}
