//! Making plugin files, and reading back what was made. Guests that do run are tested by the host's tests.

use falcon_package::{
    ComponentError, PackageError, SECTION, core_modules, manifest_of, package, surface,
};

const MANIFEST: &str = "name = \"a/b\"\nkind = \"judge\"\nversion = \"0.1.0\"\nlicense = \"MIT\"\n\
                        description = \"x\"\nhost = \"*\"\n";

/// A component that exports an empty instance under this name.
fn component(export: &str) -> Vec<u8> {
    use wasm_encoder::{
        Component, ComponentExportKind, ComponentExportSection, ComponentInstanceSection,
    };
    let mut instances = ComponentInstanceSection::new();
    instances.export_items(Vec::<(&str, ComponentExportKind, u32)>::new());
    let mut exports = ComponentExportSection::new();
    exports.export(export, ComponentExportKind::Instance, 0, None);
    let mut component = Component::new();
    component.section(&instances);
    component.section(&exports);
    component.finish()
}

fn judge() -> Vec<u8> {
    component("falcon:judge/judge@0.1.0")
}

#[test]
fn the_manifest_comes_back_and_is_replaced() {
    let made = package(&judge(), MANIFEST, "plugin.toml").unwrap();
    assert_eq!(manifest_of(&made, "x.wasm").unwrap().name.as_str(), "a/b");
    assert_eq!(
        surface(&made).unwrap().exports,
        ["falcon:judge/judge@0.1.0"]
    );
    let renamed = package(&made, &MANIFEST.replace("a/b", "a/c"), "plugin.toml").unwrap();
    assert_eq!(
        manifest_of(&renamed, "x.wasm").unwrap().name.as_str(),
        "a/c"
    );
    assert_eq!(renamed.len(), made.len());
    let again = package(&judge(), MANIFEST, "plugin.toml").unwrap();
    assert_eq!(made, again, "the same input makes the same file");
}

#[test]
fn refusals() {
    let wrong = MANIFEST.replace("version = \"0.1.0\"", "version = \"one\"");
    let table: [(&str, Vec<u8>, &str, &str); 5] = [
        ("bad manifest", judge(), &wrong, "plugin.toml:3:11"),
        (
            "no component",
            b"text".to_vec(),
            MANIFEST,
            "not a WebAssembly component",
        ),
        (
            "a module without WIT",
            b"\0asm\x01\0\0\0".to_vec(),
            MANIFEST,
            "falcon:judge/judge",
        ),
        (
            "another kind",
            component("falcon:memory/policy@0.1.0"),
            MANIFEST,
            "must export falcon:judge/judge; it exports falcon:memory/policy@0.1.0",
        ),
        (
            "broken module",
            b"\0asm\x01\0\0\0\x01\xff".to_vec(),
            MANIFEST,
            "cannot become a component",
        ),
    ];
    for (case, wasm, manifest, expected) in table {
        let error = package(&wasm, manifest, "plugin.toml")
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{case}: {error}");
    }
    let error = core_modules(b"\0asm\x01\0\0\0").unwrap_err().to_string();
    assert!(error.contains("it is a core module"), "{error}");
    let error = package(&component("other"), MANIFEST, "plugin.toml").unwrap_err();
    assert!(matches!(error, PackageError::Kind { .. }), "{error}");
}

#[test]
fn hostile_files() {
    let made = package(&judge(), MANIFEST, "plugin.toml").unwrap();
    for length in 0..made.len() {
        // A cut between two sections is a whole component, which then lacks its manifest.
        assert!(manifest_of(&made[..length], "x").is_err(), "{length} bytes");
    }
    for at in 0..made.len() {
        for bit in [1, 0x80, 0xff] {
            let mut changed = made.clone();
            changed[at] ^= bit;
            let _ = (
                surface(&changed),
                manifest_of(&changed, "x"),
                core_modules(&changed),
            );
        }
    }
    let mut twice = made.clone();
    let section = wasm_encoder::CustomSection {
        name: SECTION.into(),
        data: MANIFEST.as_bytes().into(),
    };
    wasm_encoder::ComponentSection::append_to_component(&section, &mut twice);
    assert!(matches!(
        manifest_of(&twice, "x"),
        Err(ComponentError::ManyManifests)
    ));
    let mut other = judge();
    let section = wasm_encoder::CustomSection {
        name: SECTION.into(),
        data: (&b"\xff\xfe"[..]).into(),
    };
    wasm_encoder::ComponentSection::append_to_component(&section, &mut other);
    assert!(
        manifest_of(&other, "x")
            .unwrap_err()
            .to_string()
            .contains("not text")
    );
}
