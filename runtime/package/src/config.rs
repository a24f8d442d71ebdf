//! The settings a plugin has, their types and defaults.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The type of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfigKind {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A finite number.
    Number,
    /// A text.
    String,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigField {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ConfigKind,
    /// What it is where nobody sets it.
    pub default: Value,
    /// What it does, for people.
    #[serde(default)]
    pub description: String,
    /// Least value of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// Greatest value of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// The texts allowed; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// All settings of a plugin, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConfigSchema(pub BTreeMap<String, ConfigField>);

/// A setting that does not fit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// There is no such setting.
    #[error("there is no setting {name:?}; there are: {known}")]
    Unknown {
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// It is of another type, or out of bounds.
    #[error("the setting {name:?} must be {wanted}, and is {given}")]
    Unfit {
        /// The setting.
        name: String,
        /// What fits.
        wanted: String,
        /// What was given.
        given: String,
    },
    /// The settings are not an object.
    #[error("settings are an object of names and values, not {0}")]
    NotAnObject(String),
}

impl ConfigField {
    /// Whether a value fits, and what would where it does not.
    fn check(&self, value: &Value) -> Result<(), String> {
        let number = match (self.kind, value) {
            (ConfigKind::Boolean, Value::Bool(_)) => return Ok(()),
            (ConfigKind::Integer, Value::Number(n)) if n.is_i64() || n.is_u64() => n.as_f64(),
            (ConfigKind::Number, Value::Number(n)) => n.as_f64().filter(|n| n.is_finite()),
            (ConfigKind::String, Value::String(text)) => {
                let allowed = self.choices.is_empty() || self.choices.contains(text);
                return if allowed { Ok(()) } else { Err(self.wanted()) };
            }
            _ => None,
        };
        let fits = |n: f64| {
            self.minimum.is_none_or(|least| n >= least) && self.maximum.is_none_or(|most| n <= most)
        };
        if number.is_some_and(fits) {
            Ok(())
        } else {
            Err(self.wanted())
        }
    }

    fn wanted(&self) -> String {
        let kind = match self.kind {
            ConfigKind::Boolean => "true or false",
            ConfigKind::Integer => "a whole number",
            ConfigKind::Number => "a number",
            ConfigKind::String if self.choices.is_empty() => "a text",
            ConfigKind::String => return format!("one of {}", self.choices.join(", ")),
        };
        match (self.minimum, self.maximum) {
            (None, None) => kind.to_owned(),
            (Some(least), None) => format!("{kind} of at least {least}"),
            (None, Some(most)) => format!("{kind} of at most {most}"),
            (Some(least), Some(most)) => format!("{kind} in {least}..={most}"),
        }
    }
}

impl ConfigSchema {
    /// The settings given, checked, with defaults for the others. `null` gives all defaults.
    ///
    /// # Errors
    /// Where a setting is unknown, of another type or out of bounds.
    pub fn fill(&self, given: &Value) -> Result<Map<String, Value>, ConfigError> {
        let empty = Map::new();
        let given = match given {
            Value::Null => &empty,
            Value::Object(given) => given,
            other => return Err(ConfigError::NotAnObject(brief(other))),
        };
        if let Some(name) = given.keys().find(|name| !self.0.contains_key(*name)) {
            let known: Vec<_> = self.0.keys().map(String::as_str).collect();
            let known = if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            };
            return Err(ConfigError::Unknown {
                name: name.clone(),
                known,
            });
        }
        let mut filled = Map::new();
        for (name, field) in &self.0 {
            let value = given.get(name).unwrap_or(&field.default);
            field.check(value).map_err(|wanted| ConfigError::Unfit {
                name: name.clone(),
                wanted,
                given: brief(value),
            })?;
            filled.insert(name.clone(), value.clone());
        }
        Ok(filled)
    }
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
