//! Loading: from a file to a plugin that is linked and ready to be called.

use std::{path::Path, sync::Arc};

use falcon_package::{Capability, Kind};
use semver::Version;
use wasmtime::component::Component;

use crate::{
    CacheError, CompiledCache, Engine, Grants, Limits, LoadError, Plugin, PluginInfo, Progress,
    error::Hosts,
    info::read,
    judge, language, memory,
    payload::Payload,
    plugin::{Linked, Loaded},
    quiet,
    services::{self, Provided},
    track::{self, Needs},
};

/// Loads plugins: what they are granted, their limits, and where their compiled code is kept.
pub struct Loader {
    engine: Engine,
    grants: Grants,
    limits: Limits,
    cache: Option<CompiledCache>,
    /// Why there is no cache where one was wanted.
    no_cache: Option<CacheError>,
    tell: Box<dyn Fn(Progress<'_>) + Send + Sync>,
}

impl Loader {
    /// A loader that grants nothing, has the default limits and keeps compiled code in the user's cache,
    /// or nowhere where that folder cannot be had.
    ///
    /// # Errors
    /// Where there is no engine.
    pub fn new() -> Result<Self, LoadError> {
        let (cache, no_cache) = match CompiledCache::of_user() {
            Ok(cache) => (Some(cache), None),
            Err(error) => (None, Some(error)),
        };
        Ok(Self {
            engine: Engine::get()?,
            grants: Grants::none(),
            limits: Limits::default(),
            cache,
            no_cache,
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
        Self {
            cache,
            no_cache: None,
            ..self
        }
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
        let track = self.fits(&info)?;
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
                plugin: Box::new(info.id.clone()),
                error,
            })?;
        let payload = if track::compiles(&info.exports) {
            let payload = Payload::load(
                &self.engine,
                name,
                &bytes,
                info.id.digest,
                self.cache.as_ref(),
                &*self.tell,
            );
            Some(payload.map_err(|error| LoadError::Compile {
                plugin: Box::new(info.id.clone()),
                error,
            })?)
        } else {
            None
        };
        drop(bytes);
        if let Some(error) = &self.no_cache {
            (self.tell)(Progress::NotKept { name, error });
        }
        let linked = self
            .link(&info, &track, &component, payload)
            .map_err(|reason| LoadError::Link {
                plugin: Box::new(info.id.clone()),
                reason,
            })?;
        let provided = Provided {
            name: info.id.name.clone(),
            grants: self.grants.clone(),
            places: info.manifest.capabilities.http.clone(),
        };
        Ok(Plugin::new(Loaded {
            info,
            track,
            engine: self.engine.clone(),
            component,
            limits,
            provided: Arc::new(provided),
            linked,
        }))
    }

    /// Chooses the track, and refuses by name what may not be imported.
    fn fits(&self, info: &PluginInfo) -> Result<Version, LoadError> {
        let plugin = || Box::new(info.id.clone());
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
            mismatch: Box::new(mismatch),
        };
        let track = info.track().map_err(mismatch)?;
        for import in &info.imports {
            match track::import(info.manifest.kind, import).map_err(mismatch)? {
                Needs::Nothing => {}
                Needs::Grant(capability) if !info.manifest.capabilities.asks(capability) => {
                    return Err(LoadError::NotAskedFor {
                        plugin: plugin(),
                        import: import.clone(),
                        capability,
                    });
                }
                Needs::Grant(Capability::Http) => {
                    let hosts = self.grants.hosts_missing(&info.manifest.capabilities.http);
                    if !hosts.is_empty() {
                        return Err(LoadError::HostsNotGranted {
                            plugin: plugin(),
                            hosts: Hosts(hosts),
                        });
                    }
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

    /// What the manifest asks for within the operator's limits; these where it asks for nothing.
    fn limits_for(&self, info: &PluginInfo) -> Result<Limits, LoadError> {
        let asked = &info.manifest.capabilities;
        let too_much = |resource, asked, allowed| {
            Err(LoadError::TooMuch {
                plugin: Box::new(info.id.clone()),
                resource,
                asked,
                allowed,
            })
        };
        let memory = asked
            .memory
            .map_or(self.limits.memory as u64, |size| size.0);
        let fuel = asked.fuel.unwrap_or(self.limits.fuel);
        if memory > self.limits.memory as u64 {
            return too_much("bytes of memory", memory, self.limits.memory as u64);
        }
        if fuel > self.limits.fuel {
            return too_much("units of fuel", fuel, self.limits.fuel);
        }
        Ok(Limits {
            fuel,
            memory: usize::try_from(memory).unwrap_or(self.limits.memory),
            ..self.limits
        })
    }

    /// Links the component, so that what does not fit is found now and not at the first call.
    fn link(
        &self,
        info: &PluginInfo,
        track: &Version,
        component: &Component,
        payload: Option<Payload>,
    ) -> Result<Linked, String> {
        let granted = info
            .manifest
            .capabilities
            .services()
            .filter(|one| self.grants.has(*one));
        let pre = || {
            let linker = services::linker(&self.engine, granted)?;
            linker.instantiate_pre(component)
        };
        let words = |error: wasmtime::Error| format!("{error:#}");
        match info.manifest.kind {
            Kind::Judge => pre()
                .and_then(|pre| judge::link(&pre, track))
                .map(Linked::Judge)
                .map_err(words),
            Kind::Memory => pre()
                .and_then(|pre| memory::link(&pre, track))
                .map(Linked::Memory)
                .map_err(words),
            // Its users link it with limits of their own; this finds out whether they can.
            Kind::Language => language::fits(self.engine.wasmtime(), component, payload.is_some())
                .map(|()| payload.map_or(Linked::Language, Linked::CompiledLanguage))
                .map_err(|error| error.to_string()),
        }
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
