//! Which services of the host a plugin used.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How often each service was used. Services that were not used are left out of records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Uses {
    /// Messages to the operator, those that were dropped too.
    #[serde(skip_serializing_if = "is_zero")]
    pub log: u64,
    /// Looks at the clock: what the plugin said may depend on when it was asked.
    #[serde(skip_serializing_if = "is_zero")]
    pub clock: u64,
    /// Reads and writes of the map that outlives instances.
    #[serde(skip_serializing_if = "is_zero")]
    pub kv: u64,
    /// Questions to the language model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub llm: Option<LlmUse>,
    /// Requests to hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpUse>,
}

/// Questions to the language model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LlmUse {
    /// Questions, those without an answer too.
    pub calls: u64,
    /// Tokens of questions and answers as the endpoint counted them; also those of answers from the cache,
    /// which were paid for when they were first given.
    pub tokens: u64,
    /// Answers that came from the cache.
    pub cached: u64,
}

/// Requests to hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpUse {
    /// Requests, those that were refused or not answered too.
    pub calls: u64,
    /// Those that did not leave this machine.
    #[serde(skip_serializing_if = "is_zero")]
    pub refused: u64,
    /// Those that did, by host.
    pub hosts: BTreeMap<String, u64>,
    /// Bytes of bodies that left this machine.
    pub sent: u64,
    /// Bytes of bodies that came back.
    pub received: u64,
}

impl Uses {
    /// Whether nothing was used.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what was used beside this.
    pub fn add(&mut self, other: &Self) {
        self.log += other.log;
        self.clock += other.clock;
        self.kv += other.kv;
        if let Some(other) = &other.llm {
            let llm = self.llm.get_or_insert_default();
            llm.calls += other.calls;
            llm.tokens += other.tokens;
            llm.cached += other.cached;
        }
        if let Some(other) = &other.http {
            let http = self.http.get_or_insert_default();
            http.calls += other.calls;
            http.refused += other.refused;
            http.sent += other.sent;
            http.received += other.received;
            for (host, requests) in &other.hosts {
                *http.hosts.entry(host.clone()).or_default() += requests;
            }
        }
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_add_up() {
        let http = |host: &str| HttpUse {
            calls: 2,
            refused: 1,
            hosts: BTreeMap::from([(host.to_owned(), 1)]),
            sent: 3,
            received: 40,
        };
        let uses = |host| Uses {
            log: 1,
            clock: 2,
            kv: 3,
            llm: Some(LlmUse {
                calls: 4,
                tokens: 5,
                cached: 6,
            }),
            http: Some(http(host)),
        };
        let mut sum = Uses::default();
        sum.add(&Uses::default());
        assert!(sum.is_none());
        for host in ["a", "b", "a"] {
            sum.add(&uses(host));
        }
        let text = r#"{"log":3,"clock":6,"kv":9,"llm":{"calls":12,"tokens":15,"cached":18},"http":{"calls":6,"refused":3,"hosts":{"a":2,"b":1},"sent":9,"received":120}}"#;
        assert_eq!(serde_json::to_string(&sum).unwrap(), text);
    }

    #[test]
    fn what_was_not_used_is_left_out() {
        let llm = LlmUse {
            calls: 2,
            tokens: 900,
            cached: 1,
        };
        for (uses, text) in [
            (Uses::default(), "{}"),
            (
                Uses {
                    log: 3,
                    ..Uses::default()
                },
                r#"{"log":3}"#,
            ),
            (
                Uses {
                    kv: 1,
                    llm: Some(llm),
                    ..Uses::default()
                },
                r#"{"kv":1,"llm":{"calls":2,"tokens":900,"cached":1}}"#,
            ),
            (
                Uses {
                    http: Some(HttpUse {
                        calls: 2,
                        refused: 1,
                        hosts: BTreeMap::from([("api.example.org".to_owned(), 1)]),
                        sent: 3,
                        received: 40,
                    }),
                    ..Uses::default()
                },
                r#"{"http":{"calls":2,"refused":1,"hosts":{"api.example.org":1},"sent":3,"received":40}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&uses).unwrap(), text);
            assert_eq!(serde_json::from_str::<Uses>(text).unwrap(), uses);
            assert_eq!(uses.is_none(), text == "{}");
        }
    }
}
