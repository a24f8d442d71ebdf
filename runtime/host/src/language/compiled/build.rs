//! From a program's text to a module that can be instantiated: the pack's part, the checks, and the
//! engine's.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use falcon_episode::{Cancel, Diagnostic, Digest, Harness, Severity, Verdict};
use falcon_package::core_module::{self, Sizes};
use wasmtime::{Engine, InstancePre, Linker, Module, Store, component::Component};

use super::{
    cache::Recent,
    core::Core,
    exchange,
    made::Made,
    prepared::Prepared,
    preview1,
    tools::{STEPS, Toolbox, Tools},
};
use crate::{
    language::{
        Description, Ending, LanguageError, Limits, Within,
        bindings::compiling::{
            CompiledLanguagePack as Guest, CompiledLanguagePackPre,
            exports::falcon::language::compiler::{Failure, Request, Role},
        },
        convert, ending,
        side::{self, Side},
    },
    payload::Payload,
    settings::TABLE_ELEMENTS,
};

/// The largest module of a program. A C++ program with streams and containers has about 500 KB of code.
const SIZES: Sizes = Sizes {
    bytes: 48 << 20,
    functions: 60_000,
    code: 12 << 20,
    function: 1 << 20,
    memories: 1,
    tables: 1,
    table_elements: TABLE_ELEMENTS as u64,
    parts: 30_000,
};

/// Most bytes of built modules that are held, compiled code counted as four times the module: some 150 C++ programs.
const HELD: usize = 192 << 20;

/// What is to be built.
pub(super) struct Wanted<'a> {
    role: Role,
    source: &'a str,
    shared: &'a str,
    reference: &'a str,
    names: Vec<String>,
    entry: &'a str,
}

/// A module that can be instantiated.
pub(super) struct Built {
    pub(super) pre: InstancePre<Core>,
}

/// Why there is none.
#[derive(Clone)]
pub(super) enum Rejected {
    /// The source does not compile.
    Source(Vec<Diagnostic>),
    /// It has no function of this name.
    Missing(String),
    /// The module wants what it may not have.
    Forbidden(String),
}

/// What building came to; never a fault of ours, which is not kept.
type Answer = Result<Arc<Built>, Rejected>;

/// Builds programs, and remembers what it built.
pub(super) struct Builder {
    engine: Engine,
    pre: CompiledLanguagePackPre<Side>,
    toolbox: Arc<Toolbox>,
    linker: Linker<Core>,
    built: Recent<Made<Answer>>,
}

/// Links a pack.
pub(super) fn link(
    engine: &Engine,
    component: &Component,
) -> Result<CompiledLanguagePackPre<Side>, LanguageError> {
    side::linker(engine)
        .and_then(|linker| linker.instantiate_pre(component))
        .and_then(CompiledLanguagePackPre::new)
        .map_err(LanguageError)
}

impl<'a> Wanted<'a> {
    pub(super) fn program(source: &'a str) -> Self {
        Self::of(Role::Program, source)
    }

    pub(super) fn candidate(source: &'a str, shared: &'a str, names: Vec<String>) -> Self {
        Self {
            shared,
            names,
            ..Self::of(Role::Candidate, source)
        }
    }

    pub(super) fn tests(harness: &'a Harness) -> Self {
        Self {
            role: Role::Tests,
            source: &harness.tests,
            shared: &harness.shared,
            reference: &harness.reference,
            names: harness.remote.clone(),
            entry: &harness.entry,
        }
    }

    fn of(role: Role, source: &'a str) -> Self {
        Self {
            role,
            source,
            shared: "",
            reference: "",
            names: Vec::new(),
            entry: "",
        }
    }

    fn request(&self) -> Request {
        Request {
            role: self.role,
            source: self.source.to_owned(),
            shared: self.shared.to_owned(),
            reference: self.reference.to_owned(),
            names: self.names.clone(),
            entry: self.entry.to_owned(),
        }
    }

    fn digest(&self) -> Digest {
        let role = [self.role as u8];
        let texts = [self.source, self.shared, self.reference, self.entry].map(str::as_bytes);
        let names = self.names.iter().map(|name| name.as_bytes());
        Digest::of_parts(std::iter::once(&role[..]).chain(texts).chain(names))
    }
}

/// Why a call of the pack did not return.
fn failed(error: wasmtime::Error, store: &Store<Side>) -> LanguageError {
    match &store.data().panic {
        Some(panic) => LanguageError::new(format!("the compiler pack panicked: {panic}")),
        None => LanguageError(error),
    }
}

/// A source that the pack has no fuel or no memory for. How it is when a tool has none the pack itself tells.
fn too_much(error: &wasmtime::Error, store: &Store<Side>) -> Option<Rejected> {
    let ending = ending::of(error, store.data());
    let why = match ending.verdict {
        Verdict::OutOfFuel => "fuel",
        Verdict::OutOfMemory => "memory",
        _ => return None,
    };
    let message = format!("the program is more than the compiler has {why} for");
    Some(compiler(message))
}

/// What the compiler, or the engine, says of the whole of a program.
fn compiler(message: String) -> Rejected {
    Rejected::Source(vec![Diagnostic {
        severity: Severity::Error,
        class: "compiler".to_owned(),
        message,
        line: 0,
        column: 0,
    }])
}

/// Whether the engine says that a module is beyond its own limits, which validating it and its sizes do not tell: the
/// program chose what is in it. The engine's errors are texts by the time they come here.
fn is_a_limit(why: &str) -> bool {
    let limits = [
        "Code for function is too large",
        "Implementation limit exceeded",
        "Unsupported feature",
    ];
    limits.iter().any(|limit| why.contains(limit))
}

impl Builder {
    pub(super) fn new(
        engine: &Engine,
        component: &Component,
        payload: &Payload,
    ) -> Result<Self, LanguageError> {
        let mut linker = Linker::new(engine);
        preview1::add(&mut linker)
            .and_then(|()| exchange::add(&mut linker))
            .map_err(LanguageError)?;
        Ok(Self {
            engine: engine.clone(),
            pre: link(engine, component)?,
            toolbox: Arc::new(Toolbox::new(engine, payload).map_err(LanguageError)?),
            linker,
            built: Recent::new(HELD),
        })
    }

    pub(super) fn describe(&self) -> Result<Description, LanguageError> {
        let (mut store, guest) = self.instance(&Cancel::never())?;
        let told = guest
            .falcon_language_pack()
            .call_describe(&mut store)
            .map_err(LanguageError)?;
        Ok(Description {
            language: told.language,
            version: told.version,
            extensions: told.extensions,
            details: told.details,
        })
    }

    pub(super) fn check(
        &self,
        source: &str,
    ) -> Result<Result<Vec<Diagnostic>, Ending>, LanguageError> {
        let (mut store, guest) = self.instance(&Cancel::never())?;
        let pack = guest.falcon_language_pack();
        Ok(match pack.call_check(&mut store, source) {
            Ok(found) => Ok(convert::diagnostics(found)),
            Err(error) => Err(ending::of(&error, store.data())),
        })
    }

    /// Builds, or takes what was built before.
    pub(super) fn build(
        &self,
        wanted: &Wanted<'_>,
        cancel: &Cancel,
    ) -> Result<Answer, LanguageError> {
        let key = wanted.digest();
        let cell = self.built.get(key);
        let mut failed = None;
        let mut weight = None;
        // Others that want the same wait for it.
        let made = cell.get_or_make(cancel, || match self.build_now(wanted, cancel) {
            Ok((answer, bytes)) => {
                weight = Some(4 * bytes + (64 << 10));
                Some(answer)
            }
            Err(error) => {
                failed = Some(error);
                None
            }
        });
        if let Some(weight) = weight {
            self.built.weigh(key, weight);
        }
        if failed.is_some() {
            self.built.forget(key);
        }
        made.ok_or_else(|| failed.unwrap_or_else(|| LanguageError::new("cancelled")))
    }

    /// What building comes to, and the size of the module.
    fn build_now(
        &self,
        wanted: &Wanted<'_>,
        cancel: &Cancel,
    ) -> Result<(Answer, usize), LanguageError> {
        let module = match self.compile(wanted, cancel)? {
            Ok(module) => module,
            Err(rejected) => return Ok((Err(rejected), 0)),
        };
        let (extra, exports): (_, &[&'static str]) = match wanted.role {
            Role::Program => (&[][..], &["memory", "_start"]),
            Role::Candidate => (
                exchange::FOR_CANDIDATES,
                &["memory", "_initialize", "falcon_perform"],
            ),
            Role::Tests => (
                exchange::FOR_TESTS,
                &["memory", "_initialize", "falcon_run"],
            ),
        };
        let offered = [preview1::OFFERED, exchange::FOR_ALL, extra];
        let checked = core_module::check(&module, &offered, exports, &SIZES)
            .map_err(|error| error.to_string())
            .and_then(|()| {
                Module::validate(&self.engine, &module).map_err(|error| format!("{error:#}"))
            });
        if let Err(why) = checked {
            let message = format!("the program's module was refused: {why}");
            return Ok((Err(Rejected::Forbidden(message)), 0));
        }
        let compiled = match Module::from_binary(&self.engine, &module) {
            Ok(compiled) => compiled,
            Err(error) => {
                let why = format!("the engine cannot compile the program's module: {error:#}");
                return if is_a_limit(&why) {
                    let message =
                        format!("the program is more than the engine compiles: {error:#}");
                    Ok((Err(compiler(message)), 0))
                } else {
                    Err(LanguageError::new(why))
                };
            }
        };
        // The module is sound and within its sizes, so that it is the machine that cannot.
        let pre = self.linker.instantiate_pre(&compiled);
        let pre = pre.map_err(LanguageError)?;
        Ok((Ok(Arc::new(Built { pre })), module.len()))
    }

    /// What building this will take that is kept.
    pub(super) fn prepare(
        &self,
        wanted: &Wanted<'_>,
        cancel: &Cancel,
    ) -> Result<Vec<Prepared>, LanguageError> {
        let (mut store, guest) = self.instance(cancel)?;
        let compiler = guest.falcon_language_compiler();
        let steps = match compiler.call_prepare(&mut store, &wanted.request()) {
            Ok(steps) => steps,
            // Compiling it will say so.
            Err(error) if too_much(&error, &store).is_some() => return Ok(Vec::new()),
            Err(error) => return Err(failed(error, &store)),
        };
        let steps = steps.into_iter().take(STEPS);
        steps
            .map(|step| self.toolbox.prepare(step, cancel))
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()
            .map_err(LanguageError)
    }

    /// What runs the tools, and keeps what they made.
    pub(super) fn toolbox(&self) -> &Toolbox {
        &self.toolbox
    }

    /// The module, as the pack makes it.
    fn compile(
        &self,
        wanted: &Wanted<'_>,
        cancel: &Cancel,
    ) -> Result<Result<Arc<Vec<u8>>, Rejected>, LanguageError> {
        let (mut store, guest) = self.instance(cancel)?;
        let request = wanted.request();
        let compiler = guest.falcon_language_compiler();
        let made = match compiler.call_compile(&mut store, &request) {
            Ok(made) => made,
            Err(error) => {
                return too_much(&error, &store)
                    .ok_or_else(|| failed(error, &store))
                    .map(Err);
            }
        };
        Ok(match made {
            Ok(number) => {
                let tools = store.data().tools.as_ref();
                let module = tools.and_then(|tools| tools.made(number));
                Ok(module
                    .ok_or_else(|| LanguageError::new("the pack names a file that no tool made"))?)
            }
            Err(Failure::Source(found)) => Err(Rejected::Source(convert::diagnostics(found))),
            Err(Failure::Missing(name)) => Err(Rejected::Missing(name)),
            Err(Failure::Pack(message)) => return Err(LanguageError::new(message)),
        })
    }

    fn instance(&self, cancel: &Cancel) -> Result<(Store<Side>, Guest), LanguageError> {
        let limits = Limits::default();
        let within = Within {
            cancel,
            ..Within::from(&limits)
        };
        let mut store = Side::store(&self.engine, within, &[]).map_err(LanguageError)?;
        store.data_mut().tools = Some(Tools::new(Arc::clone(&self.toolbox), cancel.clone()));
        let guest = self.pre.instantiate(&mut store).map_err(LanguageError)?;
        Ok((store, guest))
    }
}
