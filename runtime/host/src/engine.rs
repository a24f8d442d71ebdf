//! The process's one engine: what compiles components and runs their instances.

use std::{
    hash::{Hash, Hasher},
    sync::OnceLock,
    time::{Duration, Instant},
};

use falcon_episode::Digest;
use sha2::{Digest as _, Sha256};
use wasmtime::{Module, component::Component};

use crate::{
    cache::{CacheError, CompiledCache, Key},
    settings::{self, Allocation, TICK_MILLISECONDS},
};

/// Instances that may live at once, at least.
const INSTANCES: u32 = 64;

/// The engine. There is one in a process; clones are the same one.
///
/// Architecture invariant: nothing else in FALCON makes a `wasmtime::Engine`, and no other code
/// turns a file into compiled code.
#[derive(Clone, Debug)]
pub struct Engine {
    inner: wasmtime::Engine,
    hash: Digest,
    allocation: Allocation,
}

/// Why there is no engine.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EngineError {
    /// The machine cannot run one.
    #[error("WebAssembly cannot be run here: {0}")]
    Machine(String),
    /// No thread could be made for the clock that ends calls.
    #[error("the thread that ends calls which take too long could not be started: {0}")]
    Clock(String),
}

/// Why a component was not compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// It is not valid, or uses what the engine does not have.
    #[error("it does not compile: {0}")]
    Invalid(String),
    /// The folder of compiled code is not safe to use.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// What is told while components are compiled, which takes seconds for the large ones.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// Compilation begins.
    Compiling {
        /// What is compiled, for people.
        name: &'a str,
        /// Its size in bytes.
        bytes: usize,
    },
    /// It is done.
    Compiled {
        /// What was compiled, for people.
        name: &'a str,
        /// How long it took.
        elapsed: Duration,
    },
    /// The result could not be kept; the next process compiles again.
    NotKept {
        /// What was compiled, for people.
        name: &'a str,
        /// Why.
        error: &'a CacheError,
    },
}

/// Tells nothing.
pub fn quiet(_: Progress<'_>) {}

impl Engine {
    /// The process's engine, made on first use.
    ///
    /// # Errors
    /// Where the machine cannot run one; the same error each time.
    pub fn get() -> Result<Self, EngineError> {
        static ENGINE: OnceLock<Result<Engine, EngineError>> = OnceLock::new();
        ENGINE.get_or_init(Self::start).clone()
    }

    fn start() -> Result<Self, EngineError> {
        let workers = std::thread::available_parallelism().map_or(1, |n| n.get());
        let instances = u32::try_from(workers * 8)
            .unwrap_or(u32::MAX)
            .clamp(INSTANCES, 1024);
        let mut refused = String::new();
        for allocation in settings::candidates(instances) {
            match wasmtime::Engine::new(&settings::config(allocation)) {
                Ok(inner) => {
                    start_clock(&inner)?;
                    let hash = compatibility(&inner);
                    return Ok(Self {
                        inner,
                        hash,
                        allocation,
                    });
                }
                Err(error) => refused = format!("{error:#}"),
            }
        }
        Err(EngineError::Machine(refused))
    }

    /// The engine underneath.
    #[must_use]
    pub fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner
    }

    /// How instances get their memory on this machine.
    #[must_use]
    pub fn allocation(&self) -> Allocation {
        self.allocation
    }

    /// Digest of all that compiled code depends on: version, settings, processor features.
    #[must_use]
    pub fn compatibility(&self) -> Digest {
        self.hash
    }

    /// Ticks of the epoch after which a call that began now has run at least this long.
    #[must_use]
    pub fn ticks(timeout: Duration) -> u64 {
        let milliseconds = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        // One more, since the present tick has begun already. Half of the range, since the
        // deadline is added to the present epoch.
        (milliseconds.div_ceil(TICK_MILLISECONDS) + 1).min(u64::MAX / 2)
    }

    /// The time that so many ticks of the epoch take at most.
    #[must_use]
    pub fn time(ticks: u64) -> Duration {
        Duration::from_millis(ticks.saturating_mul(TICK_MILLISECONDS))
    }

    /// Compiles a component, or takes its compiled code from the cache.
    ///
    /// # Arguments
    /// - `name`: what is told to people.
    /// - `bytes`: the component; never compiled code.
    /// - `digest`: its digest.
    ///
    /// # Errors
    /// Where it does not compile, or the cache is open to others.
    pub fn compile(
        &self,
        name: &str,
        bytes: &[u8],
        digest: Digest,
        cache: Option<&CompiledCache>,
        tell: &dyn Fn(Progress<'_>),
    ) -> Result<Component, CompileError> {
        self.compile_as(name, bytes, digest, cache, tell)
    }

    /// The same for a core module that a plugin carries.
    pub(crate) fn compile_module(
        &self,
        name: &str,
        bytes: &[u8],
        cache: Option<&CompiledCache>,
        tell: &dyn Fn(Progress<'_>),
    ) -> Result<Module, CompileError> {
        self.compile_as(name, bytes, Digest::of(bytes), cache, tell)
    }

    fn compile_as<C: Compiled>(
        &self,
        name: &str,
        bytes: &[u8],
        digest: Digest,
        cache: Option<&CompiledCache>,
        tell: &dyn Fn(Progress<'_>),
    ) -> Result<C, CompileError> {
        let key = Key {
            component: digest,
            engine: self.hash,
        };
        if let Some(found) = self.cached(&key, cache)? {
            return Ok(found);
        }
        let since = Instant::now();
        tell(Progress::Compiling {
            name,
            bytes: bytes.len(),
        });
        let invalid = |error| CompileError::Invalid(format!("{error:#}"));
        let made = C::compile(&self.inner, bytes).map_err(invalid)?;
        tell(Progress::Compiled {
            name,
            elapsed: since.elapsed(),
        });
        if let Some(cache) = cache {
            let code = made.code().map_err(invalid)?;
            if let Err(error) = cache.store(&key, &code) {
                tell(Progress::NotKept {
                    name,
                    error: &error,
                });
            }
        }
        Ok(made)
    }

    fn cached<C: Compiled>(
        &self,
        key: &Key,
        cache: Option<&CompiledCache>,
    ) -> Result<Option<C>, CompileError> {
        let Some(cache) = cache else { return Ok(None) };
        let Some(path) = cache.find(key)? else {
            return Ok(None);
        };
        #[allow(unsafe_code)]
        // SAFETY: the file was written by this user's FALCON for this engine: `find` returns only a
        // regular file of this user in a folder that no one else may write to, whose content has
        // the digest in its name.
        let loaded = unsafe { C::load(&self.inner, &path) };
        CompiledCache::touch(&path);
        // Refused by the engine (another build of it): compiled anew below.
        Ok(loaded.ok())
    }
}

/// What has compiled code: a component or a core module.
trait Compiled: Sized {
    fn compile(engine: &wasmtime::Engine, bytes: &[u8]) -> wasmtime::Result<Self>;
    fn code(&self) -> wasmtime::Result<Vec<u8>>;
    #[allow(unsafe_code)]
    /// # Safety
    /// The file is what [`Self::code`] gave, unchanged.
    unsafe fn load(engine: &wasmtime::Engine, path: &std::path::Path) -> wasmtime::Result<Self>;
}

impl Compiled for Component {
    fn compile(engine: &wasmtime::Engine, bytes: &[u8]) -> wasmtime::Result<Self> {
        Self::from_binary(engine, bytes)
    }

    fn code(&self) -> wasmtime::Result<Vec<u8>> {
        self.serialize()
    }

    #[allow(unsafe_code)]
    // SAFETY: what is asked of the caller is what the engine asks.
    unsafe fn load(engine: &wasmtime::Engine, path: &std::path::Path) -> wasmtime::Result<Self> {
        unsafe { Self::deserialize_file(engine, path) }
    }
}

impl Compiled for Module {
    fn compile(engine: &wasmtime::Engine, bytes: &[u8]) -> wasmtime::Result<Self> {
        Self::from_binary(engine, bytes)
    }

    fn code(&self) -> wasmtime::Result<Vec<u8>> {
        self.serialize()
    }

    #[allow(unsafe_code)]
    // SAFETY: what is asked of the caller is what the engine asks.
    unsafe fn load(engine: &wasmtime::Engine, path: &std::path::Path) -> wasmtime::Result<Self> {
        unsafe { Self::deserialize_file(engine, path) }
    }
}

/// The thread that moves the epoch. It ends with the engine.
fn start_clock(engine: &wasmtime::Engine) -> Result<(), EngineError> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(Duration::from_millis(TICK_MILLISECONDS));
        }
    };
    std::thread::Builder::new()
        .name("falcon-epoch".to_owned())
        .stack_size(64 << 10)
        .spawn(tick)
        .map(drop)
        .map_err(|error| EngineError::Clock(error.to_string()))
}

fn compatibility(engine: &wasmtime::Engine) -> Digest {
    /// The same in every process, which the standard library's own hashers are not.
    struct Stable(Sha256);
    impl Hasher for Stable {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hasher = Stable(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    Digest::of(&hasher.0.finalize())
}
