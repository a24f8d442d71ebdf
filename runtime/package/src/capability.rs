//! What a plugin may ask for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ByteSize, HttpPlace};

/// A service of the host that is granted by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Messages to the operator.
    Log,
    /// Wall-clock time.
    Clock,
    /// A private map that outlives the instance.
    Kv,
    /// Questions to a language model.
    Llm,
    /// Requests to named places.
    Http,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 5] = [Self::Log, Self::Clock, Self::Kv, Self::Llm, Self::Http];

    /// As it is written in manifests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Clock => "clock",
            Self::Kv => "kv",
            Self::Llm => "llm",
            Self::Http => "http",
        }
    }

    /// The capability of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|capability| capability.name() == name)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a manifest asks for. Nothing that is not written here can be granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Capabilities {
    /// Messages to the operator.
    pub log: bool,
    /// Wall-clock time; what it answers then depends on when it is asked.
    pub clock: bool,
    /// A private map that outlives the instance.
    pub kv: bool,
    /// Questions to a language model.
    pub llm: bool,
    /// Places that requests may go to, each `host/path`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpPlace>,
    /// More memory for an instance than the operator's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<ByteSize>,
    /// More fuel for a call than the operator's default, in wasmtime units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
}

impl Capabilities {
    /// Whether the manifest asks for this service.
    #[must_use]
    pub fn asks(&self, capability: Capability) -> bool {
        match capability {
            Capability::Log => self.log,
            Capability::Clock => self.clock,
            Capability::Kv => self.kv,
            Capability::Llm => self.llm,
            Capability::Http => !self.http.is_empty(),
        }
    }

    /// The services asked for.
    pub fn services(&self) -> impl Iterator<Item = Capability> + '_ {
        Capability::ALL
            .into_iter()
            .filter(|capability| self.asks(*capability))
    }
}
