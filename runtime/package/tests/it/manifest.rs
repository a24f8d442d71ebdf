//! `plugin.toml`: what is accepted, and the words and places of what is not.

use falcon_package::{Capability, ConfigError, Kind, Manifest};
use serde_json::{Value, json};

const GOOD: &str = r#"name = "owner/some-plugin"
kind = "judge"
version = "1.2.3"
license = "MIT"
description = "Scores."
host = ">=0.1, <0.3"

[capabilities]
log = true
http = ["example.org/api"]
memory = "64MiB"

[config.limit]
type = "number"
default = 0.5
minimum = 0.0
maximum = 1.0
description = "How far."

[config.mode]
type = "string"
default = "fast"
choices = ["fast", "exact"]
"#;

#[test]
fn a_good_one() {
    let manifest = Manifest::parse(GOOD, "plugin.toml").unwrap();
    assert_eq!(manifest.name.as_str(), "owner/some-plugin");
    assert_eq!(manifest.name.file_name(), "owner-some-plugin.wasm");
    assert_eq!(manifest.kind, Kind::Judge);
    assert!(manifest.host.matches(&"0.2.7".parse().unwrap()));
    assert!(!manifest.host.matches(&"0.3.0".parse().unwrap()));
    let services: Vec<_> = manifest.capabilities.services().collect();
    assert_eq!(services, [Capability::Log, Capability::Http]);
    assert_eq!(manifest.capabilities.memory.unwrap().0, 64 << 20);
    assert_eq!(manifest.config.0["limit"].maximum, Some(1.0));
}

#[test]
fn wrong_ones_name_the_place() {
    // What is replaced, by what, and the start of the error.
    let table = [
        (
            "name = \"owner/some-plugin\"",
            "name = \"Owner/x\"",
            "plugin.toml:1:8: \"Owner/x\": \"Owner/x\" is not a plugin name",
        ),
        (
            "name = \"owner/some-plugin\"",
            "",
            "plugin.toml:1:1: missing field `name`",
        ),
        (
            "kind = \"judge\"",
            "kind = \"jury\"",
            "plugin.toml:2:8: unknown variant `jury`",
        ),
        ("\"1.2.3\"", "\"1.2\"", "plugin.toml:3:11: \"1.2\": "),
        ("\"1.2.3\"", "1.2", "plugin.toml:3:11: invalid type"),
        (
            "license = \"MIT\"",
            "license = \" \"",
            "plugin.toml:4:11: the licence is empty",
        ),
        ("\">=0.1, <0.3\"", "\"some\"", "plugin.toml:6:8: \"some\": "),
        (
            "log = true",
            "logs = true",
            "plugin.toml:9:1: unknown field `logs`",
        ),
        (
            "log = true",
            "log = \"yes\"",
            "plugin.toml:9:7: invalid type",
        ),
        (
            "example.org/api",
            "https://example.org/api",
            "plugin.toml:10:8: \"https://example.org/api\" is not a place, which is \"host/path\"",
        ),
        (
            "\"64MiB\"",
            "\"64MB\"",
            "plugin.toml:11:10: \"64MB\" is not a size",
        ),
        (
            "\"64MiB\"",
            "0",
            "plugin.toml:8:1: memory and fuel are more than 0",
        ),
        (
            "[config.limit]",
            "[config.Limit]",
            "plugin.toml:13:9: \"Limit\" is not the name of a setting",
        ),
        (
            "default = 0.5",
            "default = 1.5",
            "plugin.toml:13:1: its default does not fit: the setting \"limit\" must be a number in 0..=1",
        ),
        (
            "default = 0.5",
            "",
            "plugin.toml:13:1: missing field `default`",
        ),
        (
            "default = \"fast\"",
            "default = \"slow\"",
            "plugin.toml:20:1: its default does not fit: the setting \"mode\" must be one of fast, exact",
        ),
        (
            "type = \"number\"",
            "type = \"float\"",
            "plugin.toml:14:8: unknown variant `float`",
        ),
        ("[capabilities]", "[capabilities", "plugin.toml:8:"),
    ];
    for (from, to, expected) in table {
        assert!(GOOD.contains(from));
        let text = GOOD.replacen(from, to, 1);
        let error = Manifest::parse(&text, "plugin.toml")
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(expected),
            "{from} → {to}\n  expected {expected}\n  got      {error}"
        );
    }
    let huge = format!("{GOOD}# {}", "x".repeat(70_000));
    assert!(
        Manifest::parse(&huge, "p")
            .unwrap_err()
            .to_string()
            .contains("at most 65536")
    );
}

#[test]
fn settings_are_filled_and_checked() {
    let schema = Manifest::parse(GOOD, "plugin.toml").unwrap().config;
    let fill = |given: Value| schema.fill(&given).map(Value::Object);
    assert_eq!(
        fill(Value::Null).unwrap(),
        json!({ "limit": 0.5, "mode": "fast" })
    );
    assert_eq!(
        fill(json!({ "limit": 1 })).unwrap(),
        json!({ "limit": 1, "mode": "fast" })
    );
    let table = [
        (
            json!({ "mod": "fast" }),
            "there is no setting \"mod\"; there are: limit, mode",
        ),
        (json!({ "limit": 2 }), "must be a number in 0..=1, and is 2"),
        (
            json!({ "limit": "1" }),
            "must be a number in 0..=1, and is \"1\"",
        ),
        (json!({ "mode": "FAST" }), "must be one of fast, exact"),
        (json!("fast"), "not \"fast\""),
    ];
    for (given, expected) in table {
        let error = fill(given.clone()).unwrap_err().to_string();
        assert!(error.contains(expected), "{given}: {error}");
    }
    assert!(matches!(
        fill(json!({ "x": 1 })),
        Err(ConfigError::Unknown { .. })
    ));
}
