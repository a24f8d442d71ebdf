//! What the operator lets plugins do: `--grant owner/name=log,kv`.

use std::str::FromStr;

use falcon_host::{Grants, KvStore, LogLevel};
use falcon_package::{Capability, PluginName};

use crate::live;

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
    Grants::none().log(|_| {}).clock().kv(KvStore::default())
}

/// What was granted on the command line; nothing else is.
#[derive(Default)]
pub(crate) struct Granted {
    grants: Vec<Grant>,
    /// One store, so that a plugin loaded twice finds its own map.
    kv: KvStore,
}

impl Granted {
    pub(crate) fn new(grants: Vec<Grant>) -> Self {
        Self {
            grants,
            kv: KvStore::default(),
        }
    }

    /// What this plugin may use. Its messages go to standard error.
    pub(crate) fn to(&self, plugin: &PluginName) -> Grants {
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
                // No text parses to these.
                Capability::Llm | Capability::Http => grants,
            },
        )
    }
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
            ("acme/style=", Err("there are log, clock, kv")),
            ("acme/style=log,llm", Err("\"llm\" is no capability")),
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
        let granted = Granted::new(vec!["acme/style=log".parse().unwrap()]);
        let has = |name: &str, one| granted.to(&name.parse().unwrap()).has(one);
        assert!(has("acme/style", Capability::Log));
        assert!(!has("acme/style", Capability::Kv));
        assert!(!has("acme/other", Capability::Log));
    }
}
