//! What is refused, with which words, before anything of it is compiled.

use std::fs;

use falcon_host::{Grants, KvStore, Limits, LoadError, Loader, PluginSet, UseError, inspect};
use falcon_package::Kind;
use falcon_testing::{first_party, test_guest};
use serde_json::{Value, json};

use crate::common::{
    ALL, built, contrary, contrary_as, contrary_with, file, granted, loader, logging_pack,
    manifest, plugin,
};

/// A loader that fails the test when anything is compiled.
fn never_compiling() -> Loader {
    Loader::new()
        .unwrap()
        .cache(None)
        .grants(granted())
        .progress(|told| panic!("{told:?}"))
}

#[test]
fn refusals() {
    let only_log = manifest("falcon/contrary", ">=0.1", "log = true");
    let other_host = manifest("falcon/contrary", ">=0.7, <0.9", ALL);
    let table: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("empty", vec![], &["not a WebAssembly component", "empty"]),
        (
            "text",
            b"import os".to_vec(),
            &["not a WebAssembly component", "header"],
        ),
        (
            "core module",
            b"\0asm\x01\0\0\0".to_vec(),
            &["core module", "falcon plugin build"],
        ),
        (
            "compiled code",
            b"\x7fELF\x02\x01".to_vec(),
            &["compiled code", "never loaded"],
        ),
        (
            "no manifest",
            b"\0asm\x0d\0\x01\0".to_vec(),
            &["no manifest", "falcon plugin build"],
        ),
        (
            "other host",
            contrary_as(&other_host),
            &["falcon/contrary 0.1.0 (sha256:", ">=0.7, <0.9", "FALCON 0."],
        ),
        (
            "not asked for",
            contrary_as(&only_log),
            &["does not ask for it", "= true", "plugin.toml"],
        ),
        (
            "unknown import",
            contrary_with("falcon:host/kv@0.1.0", "falcon:host/kw@0.1.0"),
            &[
                "wanted      falcon:host/kw@0.1.0",
                "offered     falcon:host/panic@0.1.0",
                "nearest     nothing",
                "build it without",
            ],
        ),
        (
            "import of another track",
            contrary_with("falcon:host/kv@0.1.0", "falcon:host/kv@0.9.0"),
            &[
                "wanted      falcon:host/kv@0.9.0",
                "nearest     falcon:host/kv@0.1.0",
                "SDK",
            ],
        ),
        (
            "import that only languages have",
            contrary_with("falcon:host/kv@0.1.0", "wasi:cli/exit1@0.2.0"),
            &[
                "wanted      wasi:cli/exit1@0.2.0",
                "offered     nothing",
                "a judge may not import it",
            ],
        ),
        (
            "service for a language pack",
            logging_pack(),
            &[
                "wanted      falcon:host/log@0.1.0",
                "offered     falcon:host/panic@0.1.0\n",
                "a language pack may not import it: build it without",
            ],
        ),
        (
            "another track",
            contrary_with("falcon:judge/judge@0.2.0", "falcon:judge/judge@0.8.0"),
            &[
                "wanted      falcon:judge/judge@0.2.0 or falcon:judge/judge@0.1.0",
                "nearest     falcon:judge/judge@0.8.0",
                "what to do",
            ],
        ),
        (
            "another kind",
            contrary_with("kind = \"judge\"", "kind =\"memory\""),
            &[
                "wanted      falcon:memory/policy@0.2.0 or falcon:memory/policy@0.1.0",
                "offered     falcon:judge/judge@0.2.0",
                "kind = \"judge\"",
            ],
        ),
    ];
    let loader = never_compiling();
    for (case, bytes, expected) in table {
        let (_folder, path) = file(&bytes);
        let error = loader.load(&path).unwrap_err().to_string();
        for part in expected {
            assert!(error.contains(part), "{case}: {part:?} is not in\n{error}");
        }
    }
}

#[test]
fn nothing_is_granted_by_default() {
    let path = built(test_guest("falcon/contrary"));
    let kv = KvStore::default;
    let table = [
        (Grants::none(), "capability `"),
        (Grants::none().clock().kv(kv()), "capability `log`"),
        (Grants::none().log(|_| {}).kv(kv()), "capability `clock`"),
        (Grants::none().log(|_| {}).clock(), "capability `kv`"),
    ];
    for (grants, expected) in table {
        let error = never_compiling().grants(grants).load(&path).unwrap_err();
        assert!(matches!(error, LoadError::NotGranted { .. }), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn more_than_is_allowed() {
    let asks = manifest(
        "falcon/contrary",
        ">=0.1",
        &format!("{ALL}\nmemory = \"512MiB\""),
    );
    let (_folder, path) = file(&contrary_as(&asks));
    let error = never_compiling().load(&path).unwrap_err().to_string();
    assert!(
        error.contains("536870912 bytes of memory, and 67108864"),
        "{error}"
    );
    let limits = Limits {
        memory: 1 << 30,
        ..Limits::default()
    };
    loader().limits(limits).load(&path).unwrap();
}

#[test]
fn cut_short_anywhere() {
    let whole = contrary();
    let loader = never_compiling();
    for length in (0..whole.len())
        .step_by(997)
        .chain(whole.len() - 20..whole.len())
    {
        let (_folder, path) = file(&whole[..length]);
        assert!(
            loader.load(&path).is_err(),
            "{length} of {} bytes were loaded",
            whole.len()
        );
    }
}

#[test]
fn changed_anywhere_is_never_a_crash() {
    let whole = contrary();
    for at in (8..whole.len()).step_by(211) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        let (_folder, path) = file(&bytes);
        // Some changes are in code, and only the engine sees them.
        let _ = inspect(&path);
    }
}

#[test]
fn names_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let newer = manifest("falcon/contrary", ">=0.1", ALL)
        .replace("version = \"0.1.0\"", "version = \"0.2.0\"");
    fs::write(folder.path().join("a.wasm"), contrary()).unwrap();
    fs::write(folder.path().join("b.wasm"), contrary_as(&newer)).unwrap();
    fs::copy(
        built(first_party("falcon/unit-tests")),
        folder.path().join("c.wasm"),
    )
    .unwrap();
    fs::write(folder.path().join("d.wasm"), b"\0asm\x0d\0\x01\0\x01\xff").unwrap();
    fs::write(folder.path().join("notes.txt"), "not a plugin").unwrap();
    let for_another = manifest("falcon/contrary", ">=7", ALL)
        .replace("version = \"0.1.0\"", "version = \"0.9.0\"");
    fs::write(folder.path().join("e.wasm"), contrary_as(&for_another)).unwrap();
    let set = PluginSet::open(folder.path()).unwrap();
    assert_eq!(set.plugins().len(), 4);
    assert_eq!(set.broken().len(), 1);
    let digest = inspect(&folder.path().join("a.wasm")).unwrap().id.digest;
    let table = [
        ("falcon/contrary", Ok("0.2.0")),
        ("falcon/contrary@0.1.0", Ok("0.1.0")),
        ("falcon/contrary@>=0.1, <1", Ok("0.2.0")),
        // It is for another FALCON, and no other version was asked for.
        ("falcon/contrary@0.9", Ok("0.9.0")),
        ("falcon/unit-tests", Ok("0.1.0")),
        (
            &format!("falcon/contrary@sha256:{}", digest.short()),
            Ok("0.1.0"),
        ),
        ("falcon/contrary@0.3", Err("no plugin falcon/contrary@0.3")),
        (
            "falcon/none",
            Err("falcon/contrary 0.2.0 (judge), falcon/contrary 0.1.0 (judge), falcon/unit-tests"),
        ),
        ("falcon/none", Err("not usable")),
        ("Falcon", Err("owner/name")),
        ("falcon/contrary@sha256:12", Err("owner/name")),
    ];
    for (name, expected) in table {
        match (set.find(name), expected) {
            (Ok(found), Ok(version)) => assert_eq!(found.id.version.to_string(), version, "{name}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{name}: {error}"),
            (found, expected) => panic!("{name}: {found:?} for {expected:?}"),
        }
    }
    assert!(PluginSet::open(&folder.path().join("absent")).is_err());
}

#[test]
fn paths_that_are_no_file() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("absent.wasm")] {
        let error = never_compiling().load(&path).unwrap_err();
        assert!(
            error.to_string().contains(&path.display().to_string()),
            "{error}"
        );
    }
}

#[test]
fn use_as_another_kind_or_with_other_settings() {
    let contrary = plugin(&loader());
    let error = contrary.memory_policy(&Value::Null).unwrap_err();
    assert!(matches!(
        error,
        UseError::WrongKind {
            found: Kind::Judge,
            wanted: Kind::Memory,
            ..
        }
    ));
    assert!(
        error
            .to_string()
            .contains("is a judge, and a memory policy is needed"),
        "{error}"
    );
    let table = [
        (
            json!({ "done": 1 }),
            "no setting \"done\"; there are: amount, do",
        ),
        (
            json!({ "amount": "many" }),
            "\"amount\" must be a whole number",
        ),
        (json!({ "amount": -1 }), "of at least 0"),
        (json!([1]), "not [1]"),
    ];
    for (config, expected) in table {
        let error = contrary.judge(&config).unwrap_err().to_string();
        assert!(
            error.contains(expected) && error.contains("falcon/contrary 0.1.0"),
            "{error}"
        );
    }
}
