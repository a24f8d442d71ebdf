//! `plugin.toml`.

use std::{collections::BTreeMap, fmt::Display, ops::Range};

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::{Capabilities, ConfigField, ConfigSchema, Kind, PluginName};

/// What a plugin says of itself.
///
/// ```toml
/// name = "owner/name"
/// kind = "judge"                 # or "language", "memory"
/// version = "0.1.0"
/// license = "MIT OR Apache-2.0"
/// description = "One sentence."
/// host = ">=0.1, <0.3"           # versions of FALCON that it was made for
///
/// [capabilities]                 # optional; nothing is granted that is not asked for
/// log = true
/// memory = "64MiB"
/// http = ["api.example.org/v1"]  # requests to these places, and what is below
///
/// [config.strictness]            # optional; one table for each setting
/// type = "number"                # or "boolean", "integer", "string"
/// default = 1.0
/// minimum = 0.0
/// description = "How strict."
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Manifest {
    /// `owner/name`.
    pub name: PluginName,
    /// What it is.
    pub kind: Kind,
    /// Its own version.
    pub version: Version,
    /// Its licence, as an SPDX expression.
    pub license: String,
    /// One sentence.
    pub description: String,
    /// Versions of FALCON that it was made for.
    pub host: VersionReq,
    /// What it asks for.
    pub capabilities: Capabilities,
    /// Its settings.
    pub config: ConfigSchema,
}

/// What is wrong with a manifest, and where.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct ManifestError {
    /// The file's name, as it was given.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

/// Largest manifest in bytes.
pub(crate) const MAX_MANIFEST: usize = 64 << 10;

/// The file as it is written, each value with its place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: Spanned<String>,
    kind: Kind,
    version: Spanned<String>,
    license: Spanned<String>,
    description: Spanned<String>,
    host: Spanned<String>,
    #[serde(default)]
    capabilities: Option<Spanned<Capabilities>>,
    #[serde(default)]
    config: BTreeMap<Spanned<String>, Spanned<ConfigField>>,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Arguments
    /// - `text`: the manifest's text, in TOML.
    /// - `file`: the file's name, for errors.
    ///
    /// # Errors
    /// Where it is not a manifest: what is wrong, with line and column.
    pub fn parse(text: &str, file: &str) -> Result<Self, ManifestError> {
        let place = Place { text, file };
        if text.len() > MAX_MANIFEST {
            let message = format!(
                "a manifest of {} bytes; at most {MAX_MANIFEST} are read",
                text.len()
            );
            return Err(place.error(&(0..0), message));
        }
        let written: Written = toml::from_str(text)
            .map_err(|error| place.error(&error.span().unwrap_or(0..0), error.message()))?;
        place.check(written)
    }
}

/// The text that errors point into.
struct Place<'a> {
    text: &'a str,
    file: &'a str,
}

impl Place<'_> {
    fn check(&self, written: Written) -> Result<Manifest, ManifestError> {
        let capabilities = written.capabilities.map(|asked| {
            let span = asked.span();
            (span, asked.into_inner())
        });
        if let Some((span, asked)) = &capabilities {
            self.capabilities(span, asked)?;
        }
        let mut config = BTreeMap::new();
        for (name, field) in written.config {
            self.field(&name, &field)?;
            config.insert(name.into_inner(), field.into_inner());
        }
        Ok(Manifest {
            name: self.value(&written.name)?,
            kind: written.kind,
            version: self.value(&written.version)?,
            license: self.text(&written.license, "the licence")?,
            description: self.text(&written.description, "the description")?,
            host: self.value(&written.host)?,
            capabilities: capabilities.map(|(_, asked)| asked).unwrap_or_default(),
            config: ConfigSchema(config),
        })
    }

    fn value<T: std::str::FromStr<Err: Display>>(
        &self,
        text: &Spanned<String>,
    ) -> Result<T, ManifestError> {
        let parsed = text.get_ref().parse();
        parsed.map_err(|error: T::Err| {
            self.error(&text.span(), format!("{:?}: {error}", text.get_ref()))
        })
    }

    fn text(&self, text: &Spanned<String>, what: &str) -> Result<String, ManifestError> {
        if text.get_ref().trim().is_empty() {
            return Err(self.error(&text.span(), format!("{what} is empty")));
        }
        Ok(text.get_ref().clone())
    }

    fn capabilities(&self, span: &Range<usize>, asked: &Capabilities) -> Result<(), ManifestError> {
        let empty = asked.memory.is_some_and(|size| size.0 == 0) || asked.fuel == Some(0);
        if empty {
            return Err(self.error(span, "memory and fuel are more than 0, or left out"));
        }
        Ok(())
    }

    fn field(
        &self,
        name: &Spanned<String>,
        field: &Spanned<ConfigField>,
    ) -> Result<(), ManifestError> {
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.get_ref().is_empty() || !name.get_ref().bytes().all(word) {
            let message = format!(
                "{:?} is not the name of a setting; expected lower-case letters, digits and hyphens",
                name.get_ref()
            );
            return Err(self.error(&name.span(), message));
        }
        let one = BTreeMap::from([(name.get_ref().clone(), field.get_ref().clone())]);
        ConfigSchema(one)
            .fill(&serde_json::Value::Null)
            .map(drop)
            .map_err(|error| {
                self.error(&field.span(), format!("its default does not fit: {error}"))
            })
    }

    fn error(&self, span: &Range<usize>, message: impl Into<String>) -> ManifestError {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        ManifestError {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }
}
