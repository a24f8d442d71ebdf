//! A plugin that is ready to be called.

use std::sync::{Arc, Mutex, PoisonError};

use falcon_episode::Uses;
use falcon_package::{Kind, Manifest};
use semver::Version;
use serde_json::Value;
use wasmtime::{
    Store,
    component::{Component, Instance, InstancePre},
};

use crate::{
    CallError, Engine, Failure, Judge, Limits, MemoryPolicy, PluginId, PluginInfo, Usage, UseError,
    judge, memory,
    payload::Payload,
    services::{Guest, Provided},
    stack,
    usage::Taken,
};

/// A plugin, compiled and linked. Clones share it.
#[derive(Clone)]
pub struct Plugin(Arc<Loaded>);

pub(crate) struct Loaded {
    pub(crate) info: PluginInfo,
    pub(crate) track: Version,
    pub(crate) engine: Engine,
    pub(crate) component: Component,
    pub(crate) limits: Limits,
    pub(crate) provided: Arc<Provided>,
    pub(crate) linked: Linked,
}

/// The plugin behind its kind's internal trait, whatever its track.
pub(crate) enum Linked {
    Judge(Arc<dyn judge::Track>),
    Memory(Arc<dyn memory::Track>),
    /// The language module links its packs itself.
    Language,
    /// The same, with the tools that it compiles programs with.
    CompiledLanguage(Payload),
}

impl Plugin {
    pub(crate) fn new(loaded: Loaded) -> Self {
        Self(Arc::new(loaded))
    }

    /// Its identity.
    #[must_use]
    pub fn id(&self) -> &PluginId {
        &self.0.info.id
    }

    /// What was read of its file.
    #[must_use]
    pub fn info(&self) -> &PluginInfo {
        &self.0.info
    }

    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.info.manifest
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.info.manifest.kind
    }

    /// The version of its kind's interface that it exports.
    #[must_use]
    pub fn track(&self) -> &Version {
        &self.0.track
    }

    /// The engine that it was compiled by.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The compiled component.
    #[must_use]
    pub fn component(&self) -> &Component {
        &self.0.component
    }

    pub(crate) fn linked(&self) -> &Linked {
        &self.0.linked
    }

    /// It as a judge with these settings; `null` for all defaults.
    ///
    /// # Errors
    /// Where it is no judge, or a setting does not fit.
    pub fn judge(&self, config: &Value) -> Result<Judge, UseError> {
        match &self.0.linked {
            Linked::Judge(track) => Ok(Judge::new(
                self.clone(),
                Arc::clone(track),
                self.settings(config)?,
            )),
            _ => Err(self.wrong(Kind::Judge)),
        }
    }

    /// It as a memory policy with these settings; `null` for all defaults.
    ///
    /// # Errors
    /// Where it is no memory policy, or a setting does not fit.
    pub fn memory_policy(&self, config: &Value) -> Result<MemoryPolicy, UseError> {
        match &self.0.linked {
            Linked::Memory(track) => Ok(MemoryPolicy::new(
                self.clone(),
                Arc::clone(track),
                self.settings(config)?,
            )),
            _ => Err(self.wrong(Kind::Memory)),
        }
    }

    /// That it is of this kind.
    ///
    /// # Errors
    /// Where it is of another.
    pub fn expect(&self, wanted: Kind) -> Result<(), UseError> {
        if self.kind() == wanted {
            Ok(())
        } else {
            Err(self.wrong(wanted))
        }
    }

    fn wrong(&self, wanted: Kind) -> UseError {
        UseError::WrongKind {
            plugin: Box::new(self.id().clone()),
            found: self.kind(),
            wanted,
        }
    }

    /// What one call of it needs.
    pub(crate) fn call<'a>(&'a self, config: &'a str) -> Call<'a> {
        Call {
            engine: &self.0.engine,
            limits: &self.0.limits,
            provided: &self.0.provided,
            config,
            taken: None,
            used: None,
        }
    }

    /// A failure of a call, with this plugin's name on it.
    pub(crate) fn failed(&self, failed: impl Into<Failed>) -> CallError {
        let Failed { failure, uses } = failed.into();
        CallError {
            plugin: Box::new(self.id().clone()),
            failure,
            uses,
        }
    }

    fn settings(&self, config: &Value) -> Result<String, UseError> {
        let filled = self.manifest().config.fill(config);
        let filled = filled.map_err(|error| UseError::Config {
            plugin: Box::new(self.id().clone()),
            error,
        })?;
        Ok(Value::Object(filled).to_string())
    }
}

/// What a call came to.
pub(crate) struct Answered<T> {
    pub(crate) answer: T,
    /// The services that were used for it.
    pub(crate) uses: Uses,
}

/// How a call failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) failure: Failure,
    /// The services that were used until then.
    pub(crate) uses: Box<Uses>,
}

impl Failed {
    pub(crate) fn new(failure: Failure, uses: Uses) -> Self {
        Self {
            failure,
            uses: Box::new(uses),
        }
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self::new(failure, Uses::default())
    }
}

impl From<Failed> for Failure {
    fn from(failed: Failed) -> Self {
        failed.failure
    }
}

/// What one call needs beyond its arguments.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) limits: &'a Limits,
    pub(crate) provided: &'a Arc<Provided>,
    /// The settings, as a JSON object.
    pub(crate) config: &'a str,
    /// Where what it took is left, where somebody asks.
    pub(crate) taken: Option<&'a Taken>,
    /// Where the services that it used are added, where somebody asks.
    pub(crate) used: Option<&'a Mutex<Uses>>,
}

impl Call<'_> {
    /// Makes a fresh instance, calls it, and drops it.
    pub(crate) fn fresh<T>(
        &self,
        pre: &InstancePre<Guest>,
        run: impl FnOnce(&mut Store<Guest>, &Instance) -> wasmtime::Result<T> + Send,
    ) -> Result<Answered<T>, Failed>
    where
        T: Send,
    {
        stack::ample(|| self.run(pre, run)).unwrap_or_else(|error| {
            let text = format!("no thread for the instance: {error}");
            Err(Failure::Host(text).into())
        })
    }

    fn run<T>(
        &self,
        pre: &InstancePre<Guest>,
        run: impl FnOnce(&mut Store<Guest>, &Instance) -> wasmtime::Result<T>,
    ) -> Result<Answered<T>, Failed> {
        let host = |error: wasmtime::Error| Failure::Host(format!("{error:#}"));
        let mut store =
            Guest::store(self.engine, self.limits, Arc::clone(self.provided)).map_err(host)?;
        let result = pre
            .instantiate(&mut store)
            .and_then(|instance| run(&mut store, &instance));
        if let Some(taken) = self.taken {
            taken.put(Usage {
                fuel: self.limits.fuel - store.get_fuel().unwrap_or(0).min(self.limits.fuel),
                memory: store.data().memory(self.limits),
            });
        }
        let uses = store.data().uses();
        if let Some(used) = self.used.filter(|_| !uses.is_none()) {
            let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
            used.add(&uses);
        }
        match result {
            Ok(answer) => Ok(Answered { answer, uses }),
            Err(error) => {
                let failure = Failure::of(&error, store.data().panic(), self.limits);
                Err(Failed::new(failure, uses))
            }
        }
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plugin({})", self.id())
    }
}
