//! Loading: from a file to a plugin that is linked and ready to be called.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use falcon_episode::Digest;
use falcon_package::{Kind, MAX_BYTES, Manifest, Surface, manifest_of, surface};
use semver::Version;
use serde::Serialize;
use serde_json::Value;
use wasmtime::{
    Store,
    component::{Component, Instance, InstancePre},
};

use crate::{
    CallError, CompiledCache, Engine, Failure, Grants, Judge, Limits, LoadError, MemoryPolicy,
    PluginId, Progress, UseError, judge, memory, quiet,
    services::{self, Guest, Provided},
    track::{self, Needs},
};

/// Loads plugins: what they are granted, their limits, and where their compiled code is kept.
pub struct Loader {
    engine: Engine,
    grants: Grants,
    limits: Limits,
    cache: Option<CompiledCache>,
    tell: Box<dyn Fn(Progress<'_>) + Send + Sync>,
}

/// A file that was read and found to be a plugin; nothing of it was compiled or run.
#[derive(Clone, Debug, Serialize)]
pub struct PluginInfo {
    /// The file.
    pub path: PathBuf,
    /// Its identity.
    #[serde(flatten)]
    pub id: PluginId,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// The interfaces it imports.
    pub imports: Vec<String>,
    /// The interfaces it exports.
    pub exports: Vec<String>,
}

/// A plugin, compiled and linked. Clones share it.
#[derive(Clone)]
pub struct Plugin(Arc<Loaded>);

struct Loaded {
    info: PluginInfo,
    track: Version,
    engine: Engine,
    component: Component,
    limits: Limits,
    provided: Arc<Provided>,
    linked: Linked,
}

/// The plugin behind its kind's internal trait, whatever its track.
enum Linked {
    Judge(Arc<dyn judge::Track>),
    Memory(Arc<dyn memory::Track>),
    /// The language module links its packs itself.
    Language,
}

impl Loader {
    /// A loader that grants nothing, has the default limits and keeps compiled code in the user's cache,
    /// or nowhere where that folder cannot be had.
    ///
    /// # Errors
    /// Where there is no engine.
    pub fn new() -> Result<Self, LoadError> {
        Ok(Self {
            engine: Engine::get()?,
            grants: Grants::none(),
            limits: Limits::default(),
            cache: CompiledCache::of_user().ok(),
            tell: Box::new(quiet),
        })
    }

    /// With these grants.
    #[must_use]
    pub fn grants(self, grants: Grants) -> Self {
        Self { grants, ..self }
    }

    /// With these limits for each call.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// With compiled code kept here, or nowhere.
    #[must_use]
    pub fn cache(self, cache: Option<CompiledCache>) -> Self {
        Self { cache, ..self }
    }

    /// With this told when something is compiled.
    #[must_use]
    pub fn progress(self, tell: impl Fn(Progress<'_>) + Send + Sync + 'static) -> Self {
        Self {
            tell: Box::new(tell),
            ..self
        }
    }

    /// Loads a plugin: reads it, checks that it fits this host and what is granted, compiles it or takes
    /// its compiled code from the cache, and links it.
    ///
    /// # Errors
    /// Where any of that fails; nothing is compiled before the rest is found to fit.
    pub fn load(&self, path: &Path) -> Result<Plugin, LoadError> {
        let (info, bytes) = read(path)?;
        let surface = Surface {
            imports: info.imports.clone(),
            exports: info.exports.clone(),
        };
        let track = self.fits(&info, &surface)?;
        let limits = self.limits_for(&info)?;
        let name = info.id.name.as_str();
        let component = self
            .engine
            .compile(
                name,
                &bytes,
                info.id.digest,
                self.cache.as_ref(),
                &*self.tell,
            )
            .map_err(|error| LoadError::Compile {
                plugin: info.id.clone(),
                error,
            })?;
        drop(bytes);
        let linked = self
            .link(&info, &component)
            .map_err(|error| LoadError::Link {
                plugin: info.id.clone(),
                reason: format!("{error:#}"),
            })?;
        let provided = Provided {
            name: info.id.name.clone(),
            grants: self.grants.clone(),
        };
        Ok(Plugin(Arc::new(Loaded {
            info,
            track,
            engine: self.engine.clone(),
            component,
            limits,
            provided: Arc::new(provided),
            linked,
        })))
    }

    /// Chooses the track, and refuses by name what may not be imported.
    fn fits(&self, info: &PluginInfo, surface: &Surface) -> Result<Version, LoadError> {
        let plugin = || info.id.clone();
        let host = host_version();
        if !info.manifest.host.matches(&host) {
            let wanted = info.manifest.host.clone();
            return Err(LoadError::HostRange {
                plugin: plugin(),
                wanted,
                host,
            });
        }
        let mismatch = |mismatch| LoadError::Mismatch {
            plugin: plugin(),
            mismatch,
        };
        let track = track::choose(info.manifest.kind, surface).map_err(mismatch)?;
        for import in &surface.imports {
            match track::import(info.manifest.kind, import).map_err(mismatch)? {
                Needs::Nothing => {}
                Needs::Grant(capability) if !info.manifest.capabilities.asks(capability) => {
                    return Err(LoadError::NotAskedFor {
                        plugin: plugin(),
                        import: import.clone(),
                        capability,
                    });
                }
                Needs::Grant(capability) if !self.grants.has(capability) => {
                    return Err(LoadError::NotGranted {
                        plugin: plugin(),
                        capability,
                    });
                }
                Needs::Grant(_) => {}
            }
        }
        Ok(track)
    }

    /// The operator's limits, with what the manifest asks for within them.
    fn limits_for(&self, info: &PluginInfo) -> Result<Limits, LoadError> {
        let asked = &info.manifest.capabilities;
        let too_much = |resource, asked, allowed| {
            Err(LoadError::TooMuch {
                plugin: info.id.clone(),
                resource,
                asked,
                allowed,
            })
        };
        let (memory, fuel) = (self.limits.memory as u64, self.limits.fuel);
        match (asked.memory, asked.fuel) {
            (Some(size), _) if size.0 > memory => too_much("bytes of memory", size.0, memory),
            (_, Some(more)) if more > fuel => too_much("units of fuel", more, fuel),
            _ => Ok(self.limits),
        }
    }

    fn link(&self, info: &PluginInfo, component: &Component) -> wasmtime::Result<Linked> {
        if info.manifest.kind == Kind::Language {
            return Ok(Linked::Language);
        }
        let granted = info
            .manifest
            .capabilities
            .services()
            .filter(|one| self.grants.has(*one));
        let linker = services::linker(&self.engine, granted)?;
        let pre = linker.instantiate_pre(component)?;
        Ok(match info.manifest.kind {
            Kind::Judge => Linked::Judge(judge::link(&pre)?),
            Kind::Memory => Linked::Memory(memory::link(&pre)?),
            Kind::Language => Linked::Language,
        })
    }
}

/// This host's version, which manifests give a range of.
#[must_use]
pub fn host_version() -> Version {
    let part = |text: &str| text.parse().unwrap_or(0);
    Version::new(
        part(env!("CARGO_PKG_VERSION_MAJOR")),
        part(env!("CARGO_PKG_VERSION_MINOR")),
        part(env!("CARGO_PKG_VERSION_PATCH")),
    )
}

/// Reads a plugin file without compiling it.
///
/// # Errors
/// Where the file cannot be read, is too large, cut short, or no plugin.
pub fn inspect(path: &Path) -> Result<PluginInfo, LoadError> {
    read(path).map(|(info, _)| info)
}

fn read(path: &Path) -> Result<(PluginInfo, Vec<u8>), LoadError> {
    let bytes = read_bounded(path)?;
    let not_a_plugin = |error| LoadError::NotAPlugin {
        path: path.to_owned(),
        error,
    };
    let surface = surface(&bytes).map_err(not_a_plugin)?;
    let file = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    let manifest = manifest_of(&bytes, &file).map_err(not_a_plugin)?;
    let info = PluginInfo {
        path: path.to_owned(),
        id: PluginId {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            digest: Digest::of(&bytes),
        },
        manifest,
        bytes: bytes.len() as u64,
        imports: surface.imports,
        exports: surface.exports,
    };
    Ok((info, bytes))
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, LoadError> {
    let failed = |error| LoadError::Read {
        path: path.to_owned(),
        error,
    };
    let too_large = |bytes| LoadError::NotAPlugin {
        path: path.to_owned(),
        error: falcon_package::ComponentError::TooLarge(bytes),
    };
    let file = fs::File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let limit = MAX_BYTES as u64;
    if length > limit {
        return Err(too_large(length));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    // A pipe or a file that grows says no length.
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}

impl Plugin {
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
            plugin: self.id().clone(),
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
        }
    }

    /// A failure of a call, with this plugin's name on it.
    pub(crate) fn failed(&self, failure: Failure) -> CallError {
        CallError {
            plugin: self.id().clone(),
            failure,
        }
    }

    fn settings(&self, config: &Value) -> Result<String, UseError> {
        let filled = self.manifest().config.fill(config);
        let filled = filled.map_err(|error| UseError::Config {
            plugin: self.id().clone(),
            error,
        })?;
        Ok(Value::Object(filled).to_string())
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
}

impl Call<'_> {
    /// Makes a fresh instance, calls it, and drops it.
    pub(crate) fn fresh<T>(
        &self,
        pre: &InstancePre<Guest>,
        run: impl FnOnce(&mut Store<Guest>, &Instance) -> wasmtime::Result<T>,
    ) -> Result<T, Failure> {
        let host = |error: wasmtime::Error| Failure::Host(format!("{error:#}"));
        let mut store =
            Guest::store(self.engine, self.limits, Arc::clone(self.provided)).map_err(host)?;
        let result = pre
            .instantiate(&mut store)
            .and_then(|instance| run(&mut store, &instance));
        result.map_err(|error| Failure::of(&error, store.data().panic(), self.limits))
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plugin({})", self.id())
    }
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader")
            .field("engine", &self.engine)
            .field("grants", &self.grants)
            .field("limits", &self.limits)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
