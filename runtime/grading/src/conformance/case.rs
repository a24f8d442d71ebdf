//! A file of cases, read.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::Path,
};

use falcon_episode::{Files, Value, Verdict};
use serde::{Deserialize, Deserializer, de::Error as _};

use super::ConformanceError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

/// One case: what to do with a program, and what must come of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) program: String,
    #[serde(default)]
    pub(super) stdin: String,
    #[serde(default)]
    pub(super) args: Vec<String>,
    pub(super) stdout: Option<String>,
    pub(super) exit_code: Option<i32>,
    #[serde(default)]
    pub(super) function: String,
    #[serde(default)]
    pub(super) calls: Vec<CaseCall>,
    #[serde(default)]
    pub(super) tests: String,
    #[serde(default)]
    pub(super) shared: String,
    #[serde(default)]
    pub(super) reference: String,
    #[serde(default)]
    pub(super) remote: Vec<String>,
    #[serde(default)]
    pub(super) entry: String,
    pub(super) verdict: Verdict,
    pub(super) because: Option<String>,
    pub(super) at: Option<Place>,
    pub(super) fuel: Option<u64>,
    #[serde(default, deserialize_with = "size")]
    pub(super) memory: Option<usize>,
    #[serde(default, deserialize_with = "size")]
    pub(super) output: Option<usize>,
    #[serde(default, deserialize_with = "files")]
    pub(super) files: Files,
}

impl Case {
    /// A field that is set and that a case of this kind does not look at.
    fn foreign_field(&self) -> Option<&'static str> {
        let of_run = [
            ("stdin", !self.stdin.is_empty()),
            ("args", !self.args.is_empty()),
            ("stdout", self.stdout.is_some()),
            ("exit-code", self.exit_code.is_some()),
        ];
        let of_calls = [
            ("function", !self.function.is_empty()),
            ("calls", !self.calls.is_empty()),
        ];
        let of_harness = [
            ("tests", !self.tests.is_empty()),
            ("shared", !self.shared.is_empty()),
            ("reference", !self.reference.is_empty()),
            ("remote", !self.remote.is_empty()),
            ("entry", !self.entry.is_empty()),
        ];
        if self.kind == Kind::Check && !self.files.is_empty() {
            return Some("files");
        }
        let groups: [(Kind, &[(&'static str, bool)]); 3] = [
            (Kind::Run, &of_run),
            (Kind::Calls, &of_calls),
            (Kind::Harness, &of_harness),
        ];
        groups
            .into_iter()
            .filter(|(kind, _)| *kind != self.kind)
            .flat_map(|(_, fields)| fields)
            .find_map(|(name, set)| set.then_some(*name))
    }
}

/// What is done with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// It is compiled.
    Check,
    /// It runs from standard input to standard output.
    Run,
    /// Its function is called with plain data.
    Calls,
    /// A test program runs against it.
    Harness,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseCall {
    pub(super) arguments: Vec<Plain>,
    pub(super) expected: Plain,
}

/// Where a fault lies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    pub(super) class: Option<String>,
    pub(super) line: u32,
    pub(super) column: Option<u32>,
}

/// Plain data as TOML writes it; `{ none = true }` is nothing.
#[derive(Clone, Debug)]
pub(super) struct Plain(pub(super) Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = toml::Value::deserialize(deserializer)?;
        plain(&value).map(Self).map_err(D::Error::custom)
    }
}

fn plain(value: &toml::Value) -> Result<Value, String> {
    Ok(match value {
        toml::Value::Boolean(value) => Value::Bool(*value),
        toml::Value::Integer(number) => Value::Int(*number),
        toml::Value::Float(number) => Value::Float(*number),
        toml::Value::String(text) => Value::Str(text.clone().into_bytes()),
        toml::Value::Array(items) => {
            Value::List(items.iter().map(plain).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) if table.get("none").is_some() && table.len() == 1 => Value::None,
        toml::Value::Table(table) => {
            let pair = |(key, value): (&String, &toml::Value)| {
                Ok::<_, String>((Value::Str(key.clone().into_bytes()), plain(value)?))
            };
            Value::Dict(table.iter().map(pair).collect::<Result<_, _>>()?)
        }
        toml::Value::Datetime(_) => return Err("a date is not plain data".to_owned()),
    })
}

/// `64MiB`, `64KiB` or a number of bytes.
fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match text[digits.len()..].trim() {
        "" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        other => {
            return Err(D::Error::custom(format!(
                "{other:?} is no unit: KiB or MiB"
            )));
        }
    };
    let number: usize = digits.parse().map_err(D::Error::custom)?;
    Ok(Some(number * unit))
}

/// Texts by their paths.
fn files<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Files, D::Error> {
    let given = BTreeMap::<String, String>::deserialize(deserializer)?;
    let bytes = given
        .into_iter()
        .map(|(path, text)| (path, text.into_bytes()));
    Files::new(bytes).map_err(D::Error::custom)
}

/// Reads a file of cases.
pub(super) fn read(path: &Path) -> Result<Vec<Case>, ConformanceError> {
    let text = fs::read_to_string(path).map_err(|error| ConformanceError::Read {
        path: path.to_owned(),
        error,
    })?;
    let wrong = |message: String| ConformanceError::Parse {
        path: path.to_owned(),
        message,
    };
    let file: File = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let mut names = HashSet::new();
    for case in &file.case {
        if !names.insert(&case.name) {
            return Err(wrong(format!("the case {} comes twice", case.name)));
        }
        if let Some(field) = case.foreign_field() {
            let name = &case.name;
            return Err(wrong(format!(
                "the case {name} has {field}, which a case of its kind does not look at"
            )));
        }
    }
    Ok(file.case)
}
