//! Which plugin it is.

use std::fmt;

use falcon_episode::Digest;
use falcon_package::PluginName;
use semver::Version;
use serde::Serialize;

/// A plugin's identity, as errors and episodes name it. The digest alone decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PluginId {
    /// `owner/name`.
    pub name: PluginName,
    /// Its own version.
    pub version: Version,
    /// Digest of its file.
    pub digest: Digest,
}

impl fmt::Display for PluginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} (sha256:{})",
            self.name,
            self.version,
            self.digest.short()
        )
    }
}
