//! What the operator lets plugins do: `--grant owner/name=log,kv`.

use std::{collections::BTreeSet, path::Path, str::FromStr, sync::Arc};

use anyhow::anyhow;
use falcon_host::{
    Grants, HttpCause, HttpClient, HttpError, HttpHosts, HttpReply, HttpRequest, KvStore,
    LanguageModel, LlmAnswer, LlmCause, LlmError, LlmQuestion, LogLevel,
};
use falcon_llm::{Client, Settings};
use falcon_package::{Capability, HttpHost, PluginName};

use crate::{failure::Failure, live};

/// Services that one plugin may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    plugin: PluginName,
    capabilities: Vec<Capability>,
    /// Where its requests may go.
    hosts: BTreeSet<HttpHost>,
}

impl FromStr for Grant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (plugin, names) = text
            .split_once('=')
            .ok_or("expected owner/name=capability, such as acme/style=log,kv")?;
        let plugin = plugin
            .parse()
            .map_err(|error: falcon_package::NameError| error.to_string())?;
        let (mut capabilities, mut hosts) = (Vec::new(), BTreeSet::new());
        for name in names.split(',') {
            let (name, host) = match name.split_once(':') {
                Some((name, host)) => (name, Some(host)),
                None => (name, None),
            };
            let capability = capability(name)?;
            match (capability, host) {
                (Capability::Http, Some(host)) => {
                    let host = host.parse::<HttpHost>();
                    hosts.insert(host.map_err(|error| error.to_string())?);
                }
                (Capability::Http, None) => {
                    let needs = "http needs the host that requests may go to";
                    return Err(format!("{needs}: http:api.example.org"));
                }
                (_, Some(host)) => return Err(format!("{name} takes no {host:?}")),
                (_, None) => {}
            }
            capabilities.push(capability);
        }
        Ok(Self {
            plugin,
            capabilities,
            hosts,
        })
    }
}

fn capability(name: &str) -> Result<Capability, String> {
    Capability::named(name).ok_or_else(|| {
        let names = Capability::ALL.map(Capability::name).join(", ");
        format!("{name:?} is no capability of this falcon; there are {names}")
    })
}

/// The option that lets a plugin send requests to these hosts.
pub(crate) fn of_hosts(plugin: &PluginName, hosts: &[HttpHost]) -> String {
    let hosts: Vec<String> = hosts.iter().map(|host| format!("http:{host}")).collect();
    format!("--grant {plugin}={}", hosts.join(","))
}

/// Everything this host has, with nobody to hear of it. For linking alone, where nothing is called.
pub(crate) fn everything() -> Grants {
    let grants = Grants::none().log(|_| {}).clock();
    grants
        .kv(KvStore::default())
        .llm(Arc::new(Nobody))
        .http(Arc::new(Nobody), HttpHosts::AllAskedFor)
}

/// Answers nobody.
struct Nobody;

impl HttpClient for Nobody {
    fn send(&self, _: &PluginName, _: &HttpRequest) -> Result<HttpReply, HttpError> {
        Err(HttpError::new(HttpCause::Unavailable, "nothing is sent"))
    }
}

impl LanguageModel for Nobody {
    fn ask(&self, _: &PluginName, _: &LlmQuestion) -> Result<LlmAnswer, LlmError> {
        Err(LlmError::new(
            LlmCause::Unavailable,
            "there is no model here",
        ))
    }
}

/// What was granted on the command line; nothing else is.
#[derive(Default)]
pub(crate) struct Granted {
    /// Whether every plugin has everything, with nobody to hear of it.
    all: bool,
    grants: Vec<Grant>,
    /// One store, so that a plugin loaded twice finds its own map.
    kv: KvStore,
    /// The operator's, so that its limits hold for all plugins together.
    llm: Option<Arc<dyn LanguageModel>>,
    /// There where somebody may send something.
    http: Option<Arc<dyn HttpClient>>,
}

impl Granted {
    /// # Arguments
    /// - `llm`: the operator's file of `--llm`, where there is one.
    /// - `kv`: the operator's folder of `--kv`, where there is one.
    pub(crate) fn new(
        grants: Vec<Grant>,
        llm: Option<&Path>,
        kv: Option<&Path>,
    ) -> Result<Self, Failure> {
        let with = |one| move |grant: &&Grant| grant.capabilities.contains(&one);
        let llm = match (llm, grants.iter().find(with(Capability::Llm))) {
            (Some(file), _) => Some(model(file)?),
            (None, None) => None,
            (None, Some(grant)) => {
                let error = anyhow!("--grant {}=llm needs a model to ask", grant.plugin);
                return Err(Failure::usage(error)
                    .hint("--llm FILE names it; docs/ai-judge.md has an example of the file"));
            }
        };
        let keeping = grants.iter().filter(with(Capability::Kv));
        let kv = match kv {
            Some(folder) => {
                let plugins: BTreeSet<_> = keeping.map(|grant| &grant.plugin).collect();
                KvStore::open(folder, KvStore::QUOTA, plugins).map_err(Failure::usage)?
            }
            None => KvStore::default(),
        };
        let http = match grants.iter().find(with(Capability::Http)) {
            Some(_) => Some(client()?),
            None => None,
        };
        Ok(Self {
            all: false,
            grants,
            kv,
            llm,
            http,
        })
    }

    /// [Everything](everything) for every plugin: for who only looks whether plugins fit together.
    pub(crate) fn everything() -> Self {
        Self {
            all: true,
            ..Self::default()
        }
    }

    /// What this plugin may use. Its messages go to standard error.
    pub(crate) fn to(&self, plugin: &PluginName) -> Grants {
        if self.all {
            return everything();
        }
        let of_plugin = || self.grants.iter().filter(|grant| grant.plugin == *plugin);
        of_plugin().flat_map(|grant| &grant.capabilities).fold(
            Grants::none(),
            |grants, capability| match capability {
                Capability::Log => grants.log(|message| {
                    let level = match message.level {
                        LogLevel::Debug => "debug",
                        LogLevel::Info => "info",
                        LogLevel::Warn => "warning",
                        LogLevel::Error => "error",
                    };
                    live::line(&format!("{} {level}: {}", message.plugin, message.text));
                }),
                Capability::Clock => grants.clock(),
                Capability::Kv => grants.kv(self.kv.clone()),
                Capability::Llm => match &self.llm {
                    Some(model) => grants.llm(Arc::clone(model)),
                    None => grants,
                },
                Capability::Http => match &self.http {
                    Some(client) => {
                        let hosts = of_plugin().flat_map(|grant| grant.hosts.iter().cloned());
                        grants.http(Arc::clone(client), HttpHosts::Named(hosts.collect()))
                    }
                    None => grants,
                },
            },
        )
    }
}

/// What sends plugins' requests.
fn client() -> Result<Arc<dyn HttpClient>, Failure> {
    let client = falcon_http::Client::new();
    let client = client.map_err(|error| Failure::infrastructure(anyhow!("{error}")))?;
    Ok(Arc::new(client))
}

/// The model of the operator's file.
fn model(file: &Path) -> Result<Arc<dyn LanguageModel>, Failure> {
    let settings = Settings::read(file).map_err(Failure::usage)?;
    let client = Client::new(settings);
    let client = client.map_err(|error| Failure::usage(anyhow!("{}: {error}", file.display())))?;
    Ok(Arc::new(client))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_names_a_plugin_and_what_it_may_use() {
        for (text, wanted) in [
            ("acme/style=log", Ok(vec![Capability::Log])),
            (
                "acme/style=kv,clock",
                Ok(vec![Capability::Kv, Capability::Clock]),
            ),
            ("acme/style", Err("expected owner/name=capability")),
            ("style=log", Err("is not a plugin name")),
            ("acme/style=", Err("there are log, clock, kv, llm, http")),
            (
                "acme/style=log,llm",
                Ok(vec![Capability::Log, Capability::Llm]),
            ),
            ("acme/style=http", Err("http needs the host")),
            (
                "acme/style=http:api.example.org,http:127.0.0.1:81,kv",
                Ok(vec![Capability::Http, Capability::Http, Capability::Kv]),
            ),
            (
                "acme/style=http:https://x",
                Err("\"https://x\" is not a host"),
            ),
            ("acme/style=log:x", Err("log takes no \"x\"")),
            ("acme/style=root", Err("\"root\" is no capability")),
        ] {
            match (text.parse::<Grant>(), wanted) {
                (Ok(grant), Ok(wanted)) => assert_eq!(grant.capabilities, wanted, "{text}"),
                (Err(error), Err(words)) => assert!(error.contains(words), "{text}: {error}"),
                (got, wanted) => panic!("{text}: {got:?}, and {wanted:?} is wanted"),
            }
        }
    }

    #[test]
    fn a_grant_is_its_plugin_s_alone() {
        let granted = Granted::new(vec!["acme/style=log".parse().unwrap()], None, None).unwrap();
        let has = |name: &str, one| granted.to(&name.parse().unwrap()).has(one);
        assert!(has("acme/style", Capability::Log));
        assert!(!has("acme/style", Capability::Kv));
        assert!(!has("acme/other", Capability::Log));
    }

    #[test]
    fn a_model_is_granted_where_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("llm.toml");
        std::fs::write(&file, "endpoint = \"http://127.0.0.1:1/v1\"\nmodel = \"m\"").unwrap();
        let granted = |file| Granted::new(vec!["acme/ai=llm".parse().unwrap()], file, None);
        let with = granted(Some(&*file)).unwrap();
        assert!(with.to(&"acme/ai".parse().unwrap()).has(Capability::Llm));
        assert!(!with.to(&"acme/style".parse().unwrap()).has(Capability::Llm));
        let failure = granted(None).err().unwrap();
        assert!(
            failure
                .error
                .to_string()
                .contains("acme/ai=llm needs a model")
        );
        std::fs::write(&file, "model = \"m\"").unwrap();
        let failure = granted(Some(&*file)).err().unwrap();
        assert!(
            failure
                .error
                .to_string()
                .contains("missing field `endpoint`")
        );
    }
}
