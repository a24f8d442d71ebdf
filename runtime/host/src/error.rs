//! Why a plugin was not loaded, and how a call of one ended without an answer.

use std::{fmt, path::PathBuf};

use falcon_episode::Uses;
use falcon_package::{ByteSize, Capability, ComponentError, ConfigError, HttpHost, Kind};
use semver::{Version, VersionReq};

use crate::{CompileError, EngineError, Limits, PluginId, limits::MemoryRefused, track::Mismatch};

/// Why a plugin was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file could not be read.
    #[error("{path}: {error}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// The file is not a plugin.
    #[error("{path}: {error}")]
    NotAPlugin {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: ComponentError,
    },
    /// It was made for other versions of FALCON.
    #[error(
        "plugin {plugin} is for FALCON {wanted}, and this is FALCON {host}; get a version of the plugin for this one"
    )]
    HostRange {
        /// The plugin.
        plugin: Box<PluginId>,
        /// The range in its manifest.
        wanted: VersionReq,
        /// This version.
        host: Version,
    },
    /// It exports no interface of its kind that this host knows, or imports one that it has not.
    #[error("plugin {plugin} does not fit this host\n{mismatch}")]
    Mismatch {
        /// The plugin.
        plugin: Box<PluginId>,
        /// What was wanted and what there is.
        mismatch: Box<Mismatch>,
    },
    /// It imports a service that its manifest does not ask for.
    #[error(
        "plugin {plugin} imports {import}, and its manifest does not ask for it; \
         add `{capability} = true` under [capabilities] in plugin.toml and build it again"
    )]
    NotAskedFor {
        /// The plugin.
        plugin: Box<PluginId>,
        /// The interface.
        import: String,
        /// What its manifest would have to ask for.
        capability: Capability,
    },
    /// It asks for a service that the operator has not granted.
    #[error("plugin {plugin} asks for the capability `{capability}`, which is not granted")]
    NotGranted {
        /// The plugin.
        plugin: Box<PluginId>,
        /// What it asks for.
        capability: Capability,
    },
    /// It sends requests, and the operator has not granted all hosts that its manifest names.
    #[error("plugin {plugin} asks for requests to {hosts}, which is not granted")]
    HostsNotGranted {
        /// The plugin.
        plugin: Box<PluginId>,
        /// Those that are not granted.
        hosts: Hosts,
    },
    /// Its manifest asks for more of a resource than the operator allows.
    #[error("plugin {plugin} asks for {asked} {resource}, and {allowed} is allowed")]
    TooMuch {
        /// The plugin.
        plugin: Box<PluginId>,
        /// "bytes of memory" or "fuel".
        resource: &'static str,
        /// What its manifest asks for.
        asked: u64,
        /// What the operator allows.
        allowed: u64,
    },
    /// It does not compile.
    #[error("plugin {plugin}: {error}")]
    Compile {
        /// The plugin.
        plugin: Box<PluginId>,
        /// Why.
        #[source]
        error: CompileError,
    },
    /// Its imports and exports have the right names and other types.
    #[error(
        "plugin {plugin} was made against other definitions of its interfaces: {reason}; build it against this version's SDK"
    )]
    Link {
        /// The plugin.
        plugin: Box<PluginId>,
        /// What the engine said.
        reason: String,
    },
    /// There is no engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// No such plugin is there.
    #[error("there is no plugin {wanted} in {folder}; there are: {known}")]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// Where it was looked for.
        folder: PathBuf,
        /// What is there.
        known: String,
    },
    /// The text names no plugin.
    #[error(
        "{0:?} names no plugin; expected owner/name, owner/name@version or owner/name@sha256:<digits>"
    )]
    NotASelector(String),
    /// More than one plugin fits.
    #[error(
        "{wanted} fits more than one plugin in {folder}: {found}; name one by its version or digest"
    )]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// Where it was looked for.
        folder: PathBuf,
        /// Those that fit.
        found: String,
    },
}

/// Hosts, as they are named in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts(pub Vec<HttpHost>);

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&names.join(" and "))
    }
}

/// A plugin used as what it is not, or with settings that do not fit.
#[derive(Debug, thiserror::Error)]
pub enum UseError {
    /// It is of another kind.
    #[error("plugin {plugin} is {}, and {} is needed", found.described(), wanted.described())]
    WrongKind {
        /// The plugin.
        plugin: Box<PluginId>,
        /// What it is.
        found: Kind,
        /// What is needed.
        wanted: Kind,
    },
    /// A setting does not fit.
    #[error("plugin {plugin}: {error}")]
    Config {
        /// The plugin.
        plugin: Box<PluginId>,
        /// Which, and why.
        #[source]
        error: ConfigError,
    },
}

/// A call that ended without an answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("plugin {plugin} {failure}")]
pub struct CallError {
    /// The plugin.
    pub plugin: Box<PluginId>,
    /// What happened.
    pub failure: Failure,
    /// The services that the call had used by then.
    pub uses: Box<Uses>,
}

/// What happened to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The plugin reported an error.
    Reported {
        /// Stable.
        code: String,
        /// For people.
        message: String,
        /// More, by name.
        detail: Vec<(String, String)>,
    },
    /// The plugin panicked; its own text.
    Panicked(String),
    /// It used up its fuel.
    OutOfFuel(u64),
    /// It asked for more memory than its limit, in bytes.
    OutOfMemory(usize),
    /// It was ended by the clock before its fuel was used up.
    Timeout(std::time::Duration),
    /// It overflowed its stack.
    StackOverflow,
    /// It did what WebAssembly does not allow.
    Trapped(String),
    /// Its answer breaks the interface's own rules.
    Nonsense(String),
    /// A fault of the host: no instance could be had.
    Host(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reported {
                code,
                message,
                detail,
            } => {
                write!(f, "reported {code}: {message}")?;
                detail
                    .iter()
                    .try_for_each(|(name, value)| write!(f, "; {name}: {value}"))
            }
            Self::Panicked(text) => write!(f, "panicked: {text}"),
            Self::OutOfFuel(fuel) => write!(f, "used up its fuel ({fuel} units)"),
            Self::OutOfMemory(bytes) => {
                write!(
                    f,
                    "asked for more than its {} of memory",
                    ByteSize(*bytes as u64)
                )
            }
            Self::Timeout(time) => write!(f, "was ended after {} s", time.as_secs_f64()),
            Self::StackOverflow => f.write_str("overflowed its stack"),
            Self::Trapped(text) => write!(f, "trapped: {text}"),
            Self::Nonsense(text) => write!(f, "gave an answer that cannot be: {text}"),
            Self::Host(text) => write!(f, "could not be run: {text}"),
        }
    }
}

impl Failure {
    /// What an error that came out of an instance means.
    ///
    /// # Arguments
    /// - `panic`: what the plugin reported just before.
    pub(crate) fn of(error: &wasmtime::Error, panic: Option<String>, limits: &Limits) -> Self {
        use wasmtime::Trap;
        if error.downcast_ref::<MemoryRefused>().is_some() {
            return Self::OutOfMemory(limits.memory);
        }
        match (error.downcast_ref::<Trap>(), panic) {
            (Some(Trap::OutOfFuel), _) => Self::OutOfFuel(limits.fuel),
            (Some(Trap::Interrupt), _) => Self::Timeout(limits.timeout),
            (Some(_), Some(text)) => Self::Panicked(text),
            (Some(Trap::StackOverflow), None) => Self::StackOverflow,
            (Some(trap), None) => Self::Trapped(trap.to_string()),
            (None, _) => Self::Host(format!("{error:#}")),
        }
    }

    /// Whether the plugin is at fault, rather than this machine.
    #[must_use]
    pub fn is_plugins(&self) -> bool {
        !matches!(self, Self::Timeout(_) | Self::Host(_))
    }
}
