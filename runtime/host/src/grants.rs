//! What the operator lets plugins do. Nothing, unless it is said here.

use std::{fmt, sync::Arc};

use falcon_package::{Capability, PluginName};

use crate::services::{KvStore, LanguageModel};

/// How serious a plugin's message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For whoever works on the plugin.
    Debug,
    /// For the record.
    Info,
    /// Something to look at.
    Warn,
    /// Something failed.
    Error,
}

/// A plugin's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogMessage {
    /// Whose.
    pub plugin: PluginName,
    /// How serious.
    pub level: LogLevel,
    /// At most 4 KiB.
    pub text: String,
}

/// Where plugins' messages go.
pub type LogSink = Arc<dyn Fn(&LogMessage) + Send + Sync>;

/// Where the clock comes from: milliseconds since 1970-01-01T00:00:00Z.
pub type ClockSource = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What the operator grants to the plugins of one [`Loader`](crate::Loader).
#[derive(Clone, Default)]
pub struct Grants {
    pub(crate) log: Option<LogSink>,
    pub(crate) clock: Option<ClockSource>,
    pub(crate) kv: Option<KvStore>,
    pub(crate) llm: Option<Arc<dyn LanguageModel>>,
}

impl Grants {
    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Messages, which go to `sink`.
    #[must_use]
    pub fn log(mut self, sink: impl Fn(&LogMessage) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(sink));
        self
    }

    /// The machine's clock. What a plugin answers may then depend on when it is asked.
    #[must_use]
    pub fn clock(self) -> Self {
        self.clock_from(|| {
            let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
            u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
        })
    }

    /// A clock of the operator's own, for a run that must repeat.
    #[must_use]
    pub fn clock_from(mut self, source: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(source));
        self
    }

    /// Maps that outlive instances, kept in `store`.
    #[must_use]
    pub fn kv(mut self, store: KvStore) -> Self {
        self.kv = Some(store);
        self
    }

    /// Questions to this model. What a plugin answers then depends on what the model says.
    #[must_use]
    pub fn llm(mut self, model: Arc<dyn LanguageModel>) -> Self {
        self.llm = Some(model);
        self
    }

    /// Whether this service is granted.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        match capability {
            Capability::Log => self.log.is_some(),
            Capability::Clock => self.clock.is_some(),
            Capability::Kv => self.kv.is_some(),
            Capability::Llm => self.llm.is_some(),
            // This version has none, so there is nothing to grant.
            Capability::Http => false,
        }
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(Capability::ALL.into_iter().filter(|one| self.has(*one)))
            .finish()
    }
}
