use crate::falcon::{Folder, falcon, fixture, plugins};

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

#[test]
fn a_plugin_is_built_from_its_folder() {
    let folder = Folder::new();
    let source = format!("{}/../../plugins/judges/unit-tests", fixture("../.."));
    let out = folder.path("built.wasm");
    let built = falcon(&["plugin", "build", &source, "--out", &out, "--json"])
        .expect(0)
        .json();
    assert_eq!(
        (&built["name"], &built["kind"]),
        (&"falcon/unit-tests".into(), &"judge".into())
    );
    // The plugin's own, and a shim and what fills it for the host's functions that take texts.
    assert_eq!(
        (&built["modules"], &built["apart"]),
        (&3.into(), &().into())
    );
    let inspected = falcon(&["plugin", "inspect", &out, "--json"])
        .expect(0)
        .json();
    for key in ["name", "version", "digest", "bytes"] {
        assert_eq!(built[key], inspected[key], "{key}");
    }
    // The same folder gives the same file.
    let again = folder.path("again.wasm");
    falcon(&["plugin", "build", &source, "--out", &again]).expect(0);
    assert!(std::fs::read(&out).unwrap() == std::fs::read(&again).unwrap());
}

#[test]
fn what_is_no_plugin_is_not_built() {
    let manifest = std::fs::read_to_string(format!(
        "{}/../../plugins/judges/unit-tests/plugin.toml",
        fixture("../..")
    ))
    .unwrap();
    let crate_of = "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
                    [lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n";
    for (plugin, code, exit, words) in [
        (None, "", 2, "plugin.toml"),
        (Some("kind = 7\n"), "", 2, "plugin.toml:1"),
        (Some(&manifest[..]), "fn (", 1, "compiler's words above"),
    ] {
        let folder = Folder::new();
        if let Some(text) = plugin {
            folder.write("plugin.toml", text);
        }
        folder.write("Cargo.toml", crate_of);
        std::fs::create_dir(folder.path("src")).unwrap();
        folder.write("src/lib.rs", code);
        let out = folder.path("out.wasm");
        falcon(&["plugin", "build", &folder.path("."), "--out", &out])
            .expect(exit)
            .saying(&[words]);
        assert!(!folder.names().contains(&"out.wasm".to_owned()));
    }
}
