//! Language packs of compiled languages: they make a core module of a program, and the host runs it.
//!
//! The compiler is a tool that the plugin file carries, which the host runs in an instance of its own: [`run`].

pub mod bindings;

use std::marker::PhantomData;

use bindings::exports::falcon::language as exports;
use falcon_sdk::begin;

pub use bindings::{
    exports::falcon::language::{
        compiler::{Failure, Request, Role},
        pack::Description,
    },
    falcon::language::toolchain::{Content, Done, File, Step, run},
};
pub use falcon_sdk::bindings::host::falcon::types::types::{Diagnostic, Severity, Verdict};

/// One compiled language. Implement it on a type without content; an instance serves one export.
pub trait CompiledLanguage {
    /// The language and its version.
    fn describe() -> Description;

    /// Compiles without making a module. An empty list, or one without errors, means that the program may be run.
    fn check(source: &str) -> Vec<Diagnostic>;

    /// The steps of [`Self::compile`] whose results are kept, in the order in which they are taken. What they depend on must be
    /// the plugin's own: of the request only the names of the plugin's files.
    fn prepare(request: &Request) -> Vec<Step>;

    /// Makes a module: its number among the files that the tools made.
    ///
    /// # Errors
    /// Where the source does not compile.
    fn compile(request: &Request) -> Result<u32, Failure>;
}

/// Serves a [`CompiledLanguage`] to the host; [`export_compiler!`](crate::export_compiler) uses it.
#[doc(hidden)]
pub struct Served<T>(PhantomData<T>);

impl<T: CompiledLanguage> exports::pack::Guest for Served<T> {
    fn describe() -> Description {
        begin();
        T::describe()
    }

    fn check(source: String) -> Vec<Diagnostic> {
        begin();
        T::check(&source)
    }
}

impl<T: CompiledLanguage> exports::compiler::Guest for Served<T> {
    fn prepare(request: Request) -> Vec<Step> {
        begin();
        T::prepare(&request)
    }

    fn compile(request: Request) -> Result<u32, Failure> {
        begin();
        T::compile(&request)
    }
}

/// Makes the crate a pack of a compiled language: `export_compiler!(MyLanguage);`.
#[macro_export]
macro_rules! export_compiler {
    ($language:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(missing_docs, unsafe_code)]
        mod falcon_exports {
            use super::*;
            type Plugin = $crate::Served<$language>;
            $crate::bindings::export_bindings!(
                Plugin with_types_in $crate::bindings
            );
        }
    };
}
