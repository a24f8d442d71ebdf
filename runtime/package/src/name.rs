//! What plugins are called, and the kinds there are.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A plugin's name: `owner/name`, each of lower-case letters, digits and inner hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PluginName(String);

/// A text that is not a plugin's name.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is not a plugin name; expected owner/name, each of lower-case letters, digits and inner hyphens, \
     at most {LONGEST} characters"
)]
pub struct NameError(String);

/// Longest owner or name, in characters.
const LONGEST: usize = 64;

impl PluginName {
    /// Whose it is.
    #[must_use]
    pub fn owner(&self) -> &str {
        self.0.split_once('/').map_or("", |(owner, _)| owner)
    }

    /// The name without its owner.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file that a built plugin of this name is kept in: `owner-name.wasm`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}-{}.wasm", self.owner(), self.name())
    }
}

impl FromStr for PluginName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.split_once('/') {
            Some((owner, name)) if is_word(owner) && is_word(name) => Ok(Self(text.to_owned())),
            _ => Err(NameError(text.chars().take(2 * LONGEST).collect())),
        }
    }
}

fn is_word(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let all = text.bytes().all(|byte| inner(byte) || byte == b'-');
    let ends = text.bytes().next().is_some_and(inner) && text.bytes().last().is_some_and(inner);
    all && ends && text.len() <= LONGEST
}

impl fmt::Display for PluginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PluginName {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<PluginName> for String {
    fn from(name: PluginName) -> Self {
        name.0
    }
}

/// The kinds of plugins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Checks and runs programs of one programming language.
    Language,
    /// Scores episodes.
    Judge,
    /// Decides what memory keeps, recalls and shows.
    Memory,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Language, Self::Judge, Self::Memory];

    /// As it is written in manifests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Language => "language",
            Self::Judge => "judge",
            Self::Memory => "memory",
        }
    }

    /// For people, with its article: "a language pack".
    #[must_use]
    pub fn described(self) -> &'static str {
        match self {
            Self::Language => "a language pack",
            Self::Judge => "a judge",
            Self::Memory => "a memory policy",
        }
    }

    /// The interface whose export makes a component one of this kind, without its version.
    #[must_use]
    pub fn interface(self) -> &'static str {
        match self {
            Self::Language => "falcon:language/pack",
            Self::Judge => "falcon:judge/judge",
            Self::Memory => "falcon:memory/policy",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
