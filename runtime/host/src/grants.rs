//! What the operator lets plugins do. Nothing, unless it is said here.

use std::{collections::BTreeSet, fmt, sync::Arc};

use falcon_package::{Capability, HttpHost, HttpPlace, PluginName};

use crate::services::{HttpClient, KvStore, LanguageModel};

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

/// The hosts that requests may go to, where the manifest asks for them too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpHosts {
    /// These.
    Named(BTreeSet<HttpHost>),
    /// Whichever the manifest asks for.
    AllAskedFor,
}

impl HttpHosts {
    /// Whether this one is among them.
    pub(crate) fn has(&self, host: &HttpHost) -> bool {
        match self {
            Self::Named(hosts) => hosts.contains(host),
            Self::AllAskedFor => true,
        }
    }
}

/// Requests, and where to.
#[derive(Clone)]
pub(crate) struct HttpGrant {
    pub(crate) client: Arc<dyn HttpClient>,
    pub(crate) hosts: HttpHosts,
}

/// What the operator grants to the plugins of one [`Loader`](crate::Loader).
#[derive(Clone, Default)]
pub struct Grants {
    pub(crate) log: Option<LogSink>,
    pub(crate) clock: Option<ClockSource>,
    pub(crate) kv: Option<KvStore>,
    pub(crate) llm: Option<Arc<dyn LanguageModel>>,
    pub(crate) http: Option<HttpGrant>,
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

    /// Requests to these hosts, sent by `client`. What a plugin answers then depends on what they say.
    #[must_use]
    pub fn http(mut self, client: Arc<dyn HttpClient>, hosts: HttpHosts) -> Self {
        self.http = Some(HttpGrant { client, hosts });
        self
    }

    /// The hosts of these places that are not granted, each once.
    #[must_use]
    pub fn hosts_missing(&self, asked: &[HttpPlace]) -> Vec<HttpHost> {
        let granted = |host: &HttpHost| self.http.as_ref().is_some_and(|it| it.hosts.has(host));
        let asked: BTreeSet<&HttpHost> = asked.iter().map(HttpPlace::host).collect();
        let missing = asked.into_iter().filter(|host| !granted(host));
        missing.cloned().collect()
    }

    /// Whether this service is granted.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        match capability {
            Capability::Log => self.log.is_some(),
            Capability::Clock => self.clock.is_some(),
            Capability::Kv => self.kv.is_some(),
            Capability::Llm => self.llm.is_some(),
            Capability::Http => self.http.is_some(),
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
