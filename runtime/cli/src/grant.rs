//! What the operator lets plugins do: `--grant owner/name=log,kv`.

use std::{path::Path, str::FromStr, sync::Arc};

use anyhow::anyhow;
use falcon_host::{
    Grants, KvStore, LanguageModel, LlmAnswer, LlmCause, LlmError, LlmQuestion, LogLevel,
};
use falcon_llm::{Client, Settings};
use falcon_package::{Capability, PluginName};

use crate::{failure::Failure, live};

/// Services that one plugin may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    plugin: PluginName,
    capabilities: Vec<Capability>,
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
        let capabilities = names.split(',').map(capability).collect::<Result<_, _>>()?;
        Ok(Self {
            plugin,
            capabilities,
        })
    }
}

fn capability(name: &str) -> Result<Capability, String> {
    let known = Capability::named(name).filter(|one| everything().has(*one));
    known.ok_or_else(|| {
        let names: Vec<&str> = Capability::ALL
            .into_iter()
            .filter(|one| everything().has(*one))
            .map(Capability::name)
            .collect();
        format!(
            "{name:?} is no capability of this falcon; there are {}",
            names.join(", ")
        )
    })
}

/// Everything this host has, with nobody to hear of it. For linking alone, where nothing is called.
pub(crate) fn everything() -> Grants {
    let grants = Grants::none().log(|_| {}).clock();
    grants.kv(KvStore::default()).llm(Arc::new(Nobody))
}

/// A model that answers nobody.
struct Nobody;

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
}

impl Granted {
    /// # Arguments
    /// - `llm`: the operator's file of `--llm`, where there is one.
    pub(crate) fn new(grants: Vec<Grant>, llm: Option<&Path>) -> Result<Self, Failure> {
        let asks = |grant: &&Grant| grant.capabilities.contains(&Capability::Llm);
        let llm = match (llm, grants.iter().find(asks)) {
            (Some(file), _) => Some(model(file)?),
            (None, None) => None,
            (None, Some(grant)) => {
                let error = anyhow!("--grant {}=llm needs a model to ask", grant.plugin);
                return Err(Failure::usage(error)
                    .hint("--llm FILE names it; docs/ai-judge.md has an example of the file"));
            }
        };
        Ok(Self {
            all: false,
            grants,
            kv: KvStore::default(),
            llm,
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
        let of_plugin = self.grants.iter().filter(|grant| grant.plugin == *plugin);
        of_plugin.flat_map(|grant| &grant.capabilities).fold(
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
                // No text parses to this.
                Capability::Http => grants,
            },
        )
    }
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
            ("acme/style=", Err("there are log, clock, kv, llm")),
            (
                "acme/style=log,llm",
                Ok(vec![Capability::Log, Capability::Llm]),
            ),
            ("acme/style=http", Err("\"http\" is no capability")),
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
        let granted = Granted::new(vec!["acme/style=log".parse().unwrap()], None).unwrap();
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
        let granted = |file| Granted::new(vec!["acme/ai=llm".parse().unwrap()], file);
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
