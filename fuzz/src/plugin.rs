use falcon_package::{FlattenError, Surface, core_modules, flatten, manifest_of, package};

const MANIFEST: &str = "name = \"fuzz/plugin\"\nkind = \"judge\"\nversion = \"0.1.0\"\nlicense = \"MIT\"\n\
                        description = \"A judge.\"\nhost = \"*\"\n";

const HEADER: &[u8] = b"\0asm\x0d\0\x01\0";

/// What the host reads of a plugin before the engine sees it never panics; a manifest that is put in comes
/// out; what is flattened is [`flat`].
pub fn plugin(bytes: &[u8]) {
    let _ = manifest_of(bytes, "fuzz.wasm");
    let modules = core_modules(bytes);
    let surface = surface(bytes);
    // A core module becomes a component by its author's own tools, which are not of this.
    if bytes.starts_with(HEADER)
        && let Ok(packaged) = package(bytes, MANIFEST, "plugin.toml")
    {
        let manifest = manifest_of(&packaged, "fuzz.wasm");
        assert_eq!(
            manifest.map(|one| one.name.to_string()).ok().as_deref(),
            Some("fuzz/plugin")
        );
        assert_eq!(self::surface(&packaged), surface);
    }
    if let Some(flat) = flat(bytes) {
        assert!(
            core_modules(&flat).ok() <= modules.ok(),
            "there are more modules"
        );
    }
}

fn surface(bytes: &[u8]) -> Option<Surface> {
    falcon_package::surface(bytes).ok()
}

/// The component flattened, where it is valid and known: valid too, which the pass looks at itself, with
/// the same imports and exports, the same for the same bytes, and flat.
pub(crate) fn flat(component: &[u8]) -> Option<Vec<u8>> {
    match flatten(component) {
        Ok(flat) => {
            assert_eq!(surface(&flat), surface(component), "another surface");
            // What depends on the order of a hash map shows in a few of many, and looking costs as much as the rest.
            if component.len().is_multiple_of(8) {
                let again = flatten(component);
                assert_eq!(again.as_ref(), Ok(&flat), "not the same each time");
            }
            assert_eq!(
                flatten(&flat).as_ref(),
                Ok(&flat),
                "something is left to merge"
            );
            Some(flat)
        }
        Err(fault @ FlattenError::Fault(_)) => panic!("{fault}"),
        Err(_) => None,
    }
}
