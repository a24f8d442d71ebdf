use falcon_package::Manifest;

/// A manifest that is accepted is the same after it is written and read again, and its defaults fit; an error
/// names a place in the text.
pub fn manifest(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match Manifest::parse(text, "plugin.toml") {
        Ok(manifest) => {
            let written = toml::to_string(&manifest).unwrap_or_else(|error| {
                panic!("what was read cannot be written: {error}\n{manifest:?}")
            });
            let again = Manifest::parse(&written, "written.toml");
            assert_eq!(again.as_ref(), Ok(&manifest), "{written}");
            assert!(manifest.config.fill(&serde_json::Value::Null).is_ok());
        }
        Err(error) => {
            // One line more where the text ends in one.
            assert!(
                (1..=text.split('\n').count()).contains(&error.line),
                "{error}"
            );
            assert!(error.column > 0, "{error}");
        }
    }
}
