//! The operator's file: which model, where, and how much it may cost.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use crate::key::Key;

/// Longest time for one attempt, in seconds.
const LONGEST: u64 = 3600;
/// Most retries of one question.
const MOST_RETRIES: u32 = 20;

/// Everything that the file says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where `/chat/completions` is appended: `http://127.0.0.1:8080/v1`.
    pub endpoint: String,
    /// The model's name, as the endpoint knows it.
    pub model: String,
    /// The environment variable that holds the key; none where the endpoint needs none.
    pub key_env: Option<String>,
    /// 0 by default, so that answers repeat as far as the endpoint lets them.
    #[serde(default)]
    pub temperature: f64,
    /// Sent as `seed`, where given. Not every endpoint takes it.
    pub seed: Option<u64>,
    /// Whether questions for JSON say so in `response_format`; true by default.
    #[serde(default = "yes")]
    pub json_mode: bool,
    /// For one attempt, in seconds; 60 by default.
    #[serde(default = "sixty")]
    pub timeout_seconds: u64,
    /// Further attempts after 429, 5xx, and connections that fail; 4 by default.
    #[serde(default = "four")]
    pub retries: u32,
    /// Wait before the first of them, in milliseconds, doubled for each; 500 by default.
    #[serde(default = "half_second")]
    pub backoff_ms: u64,
    /// Folder of answers by content, relative to the file; without it nothing is kept.
    pub cache: Option<PathBuf>,
    /// What may be asked for while this process runs.
    #[serde(default)]
    pub limits: Limits,
    /// What tokens cost.
    pub prices: Option<Prices>,
    #[serde(skip)]
    pub(crate) key: Option<Key>,
}

/// Limits on what leaves this machine; answers from the cache count for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Requests, retries too.
    pub requests: Option<u64>,
    /// Tokens of questions and answers.
    pub tokens: Option<u64>,
    /// Money, in the currency of the prices.
    pub money: Option<f64>,
}

/// Prices for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prices {
    /// Of questions.
    pub question: f64,
    /// Of answers.
    pub answer: f64,
}

/// The file will not do.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It could not be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// It is no TOML, or names what is not there.
    #[error("{path}: {error}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        error: String,
    },
    /// A setting does not fit.
    #[error("{path}: `{setting}` {problem}")]
    Setting {
        /// The file.
        path: PathBuf,
        /// Its name.
        setting: &'static str,
        /// Why, and what to do.
        problem: String,
    },
}

fn yes() -> bool {
    true
}
fn sixty() -> u64 {
    60
}
fn four() -> u32 {
    4
}
fn half_second() -> u64 {
    500
}

impl Settings {
    /// Reads the file, and the key from the environment variable that it names.
    ///
    /// # Errors
    /// Where it cannot be read, or a setting does not fit.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = fs::read_to_string(path).map_err(|error| SettingsError::Read {
            path: path.to_owned(),
            error,
        })?;
        Self::parse(&text, path, |name| env::var(name).ok())
    }

    /// What a file says.
    ///
    /// # Arguments
    /// - `path`: its place, which the cache folder is relative to.
    /// - `variable`: the environment.
    ///
    /// # Errors
    /// Where a setting does not fit.
    pub fn parse(
        text: &str,
        path: &Path,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let mut settings: Self = toml::from_str(text).map_err(|error| SettingsError::Parse {
            path: path.to_owned(),
            // The error's own text quotes the line, and a key may stand in it by mistake.
            error: match error.span() {
                Some(span) => {
                    let line = 1 + text[..span.start].matches('\n').count();
                    format!("line {line}: {}", error.message())
                }
                None => error.message().to_owned(),
            },
        })?;
        let wrong = |(setting, problem)| SettingsError::Setting {
            path: path.to_owned(),
            setting,
            problem,
        };
        settings.check().map_err(wrong)?;
        if let Some(name) = &settings.key_env {
            let key = variable(name).filter(|key| !key.trim().is_empty());
            let key = key.ok_or_else(|| {
                let problem = format!(
                    "names the environment variable {name}, which is not set; set it to the endpoint's key, \
                     or leave `key-env` out where there is none"
                );
                wrong(("key-env", problem))
            })?;
            settings.key = Some(Key::new(key.trim()));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        settings.cache = settings.cache.map(|cache| folder.join(cache));
        Ok(settings)
    }

    /// Where questions go.
    pub(crate) fn url(&self) -> String {
        format!("{}/chat/completions", self.endpoint.trim_end_matches('/'))
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        let wrong = |setting, problem: &str| Err((setting, problem.to_owned()));
        let url = match falcon_http::Url::parse(&self.endpoint) {
            Ok(url) => url,
            Err(error) => return Err(("endpoint", format!("is no URL: {error}"))),
        };
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return wrong("endpoint", "begins with http:// or https:// and a host");
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return wrong(
                "endpoint",
                "holds credentials or a query; name the key's environment variable in `key-env`",
            );
        }
        if self.model.trim().is_empty() {
            return wrong("model", "is empty; name the model as the endpoint does");
        }
        if !(0.0..=2.0).contains(&self.temperature) {
            return wrong("temperature", "is from 0 to 2");
        }
        if !(1..=LONGEST).contains(&self.timeout_seconds) {
            return wrong("timeout-seconds", "is from 1 to 3600");
        }
        if self.retries > MOST_RETRIES {
            return wrong("retries", "is at most 20");
        }
        if self.backoff_ms > 60_000 {
            return wrong("backoff-ms", "is at most 60000");
        }
        self.check_money()
    }

    fn check_money(&self) -> Result<(), (&'static str, String)> {
        let positive = |value: f64| value.is_finite() && value >= 0.0;
        if let Some(Prices { question, answer }) = self.prices
            && !(positive(question) && positive(answer))
        {
            return Err(("prices", "are at least 0".to_owned()));
        }
        match (self.limits.money, self.prices) {
            (Some(money), _) if !positive(money) => {
                Err(("limits.money", "is at least 0".to_owned()))
            }
            (Some(_), None) => Err((
                "limits.money",
                "needs [prices], with `question` and `answer` for a million tokens".to_owned(),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "endpoint = \"http://127.0.0.1:1/v1/\"\nmodel = \"m\"\n";

    fn parsed(more: &str) -> Result<Settings, SettingsError> {
        let key = |name: &str| (name == "KEY").then(|| " sk-secret\n".to_owned());
        Settings::parse(&format!("{LEAST}{more}"), Path::new("conf/llm.toml"), key)
    }

    #[test]
    fn the_least_has_defaults() {
        let settings = parsed("cache = \"kept\"\nkey-env = \"KEY\"").unwrap();
        assert_eq!(settings.url(), "http://127.0.0.1:1/v1/chat/completions");
        assert_eq!(settings.cache.as_deref(), Some(Path::new("conf/kept")));
        assert_eq!((settings.temperature, settings.retries), (0.0, 4));
        assert_eq!(settings.timeout(), Duration::from_secs(60));
        assert_eq!(settings.key.as_ref().unwrap().reveal(), "sk-secret");
        assert!(!format!("{settings:?}").contains("sk-secret"));
    }

    #[test]
    fn what_does_not_fit_is_named_with_what_to_do() {
        for (more, words) in [
            ("key-env = \"NONE\"", "NONE, which is not set; set it"),
            ("key = \"sk-1\"", "unknown field `key`"),
            ("temperature = 3.0", "`temperature` is from 0 to 2"),
            ("timeout-seconds = 0", "`timeout-seconds` is from 1"),
            ("retries = 99", "`retries` is at most 20"),
            ("[limits]\nmoney = 1.0", "`limits.money` needs [prices]"),
            (
                "[prices]\nquestion = -1.0\nanswer = 1.0",
                "`prices` are at least 0",
            ),
        ] {
            let error = parsed(more).unwrap_err().to_string();
            assert!(error.starts_with("conf/llm.toml: "), "{error}");
            assert!(error.contains(words), "{more}: {error}");
            assert!(!error.contains("sk-1"), "a key is in no message: {error}");
        }
        for (endpoint, words) in [
            ("nowhere", "is no URL"),
            ("file:///x", "begins with http"),
            ("https://me:pass@host/v1", "holds credentials"),
        ] {
            let text = format!("endpoint = \"{endpoint}\"\nmodel = \"m\"");
            let error = Settings::parse(&text, Path::new("f"), |_| None).unwrap_err();
            assert!(error.to_string().contains(words), "{endpoint}: {error}");
        }
    }
}
