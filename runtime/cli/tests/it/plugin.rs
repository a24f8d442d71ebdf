use crate::falcon::{Folder, falcon, plugins};

#[test]
fn plugins_are_listed_with_kind_and_digest() {
    let list = falcon(&["plugin", "list", "--json"]).expect(0).json();
    let found = |name: &str, kind: &str| {
        let plugin = list["plugins"]
            .as_array()
            .unwrap()
            .iter()
            .find(|p| p["name"] == name);
        let plugin = plugin.unwrap_or_else(|| panic!("{name} is not listed: {list}"));
        assert_eq!(plugin["kind"], kind);
        assert!(plugin["digest"].as_str().unwrap().starts_with("sha256:"));
    };
    found("falcon/python", "language");
    found("falcon/unit-tests", "judge");
    found("falcon/similar-recent", "memory");
    let text = falcon(&["plugin", "list"]).expect(0).stdout;
    assert!(text.contains("falcon/python") && text.contains("language"));
}

#[test]
fn a_broken_file_does_not_hide_the_others() {
    let folder = Folder::new();
    let judge = plugins().join("falcon-unit-tests.wasm");
    std::fs::copy(judge, folder.path("falcon-unit-tests.wasm")).unwrap();
    folder.write("acme-broken.wasm", b"\0asm");
    let ended = falcon(&["--plugins", &folder.path("."), "plugin", "list", "--json"]);
    let list = ended.expect(1).saying(&["acme-broken.wasm"]).json();
    assert_eq!(list["plugins"].as_array().unwrap().len(), 1);
}

#[test]
fn a_plugin_is_inspected_by_name_and_by_file() {
    let file = plugins().join("falcon-unit-tests.wasm");
    let by_file = falcon(&["plugin", "inspect", file.to_str().unwrap(), "--json"])
        .expect(0)
        .json();
    for name in ["falcon/unit-tests", "unit-tests"] {
        let by_name = falcon(&["plugin", "inspect", name, "--json"])
            .expect(0)
            .json();
        assert_eq!(by_name["digest"], by_file["digest"]);
    }
    assert_eq!(by_file["name"], "falcon/unit-tests");
    assert_eq!(by_file["kind"], "judge");
    let imports = by_file["imports"].as_array().unwrap();
    let foreign = |name: &serde_json::Value| !name.as_str().unwrap().starts_with("falcon:");
    assert!(!imports.iter().any(foreign), "{by_file}");
}
