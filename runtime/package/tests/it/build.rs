//! What `falcon plugin build` says before it starts a compiler. That it builds is seen by every test of a
//! built plugin.

use std::fs;

use falcon_package::build::build;

const MANIFEST: &str = "name = \"a/b\"\nkind = \"judge\"\nversion = \"0.1.0\"\nlicense = \"MIT\"\n\
                        description = \"x\"\nhost = \"*\"\n";

#[test]
fn refusals() {
    let broken = MANIFEST.replace("judge", "jury");
    /// File names and contents.
    type Files<'a> = &'a [(&'a str, &'a str)];
    let table: [(&str, Files<'_>, &str); 5] = [
        ("nothing there", &[], "is not a plugin's folder"),
        (
            "no source",
            &[("plugin.toml", MANIFEST)],
            "and Cargo.toml (Rust), judge.py or app.py (Python), judge.js (JavaScript), or judge.wasm (Extism)",
        ),
        (
            "another kind's source",
            &[
                ("plugin.toml", &MANIFEST.replace("judge", "memory")),
                ("judge.js", ""),
            ],
            "is not a plugin's folder",
        ),
        ("no manifest", &[("app.py", "")], "it needs plugin.toml"),
        (
            "broken manifest",
            &[("plugin.toml", &broken), ("app.py", "")],
            "plugin.toml:2:8: unknown variant `jury`",
        ),
    ];
    for (case, files, expected) in table {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let out = folder.path().join("out.wasm");
        let error = build(folder.path(), &out).unwrap_err().to_string();
        assert!(error.contains(expected), "{case}: {error}");
        assert!(
            error.contains(&folder.path().display().to_string()),
            "{case}: {error}"
        );
        assert!(!out.exists(), "{case}: something was written");
    }
}
