//! Extism modules as judges: the example in Zig, and modules that do wrong.

use std::{fs, path::Path, process::Command};

use serde_json::json;

use crate::falcon::{Folder, falcon};

/// The example's folder, with the module in WebAssembly text or compiled from Zig.
pub(crate) fn example(folder: &Folder, module: Option<&str>, more: &str) -> String {
    let own = folder.path("line-length");
    fs::create_dir(&own).unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/extism-judge");
    for file in ["judge.zig", "plugin.toml", "cases.toml"] {
        fs::copy(example.join(file), Path::new(&own).join(file)).unwrap();
    }
    let manifest = fs::read_to_string(format!("{own}/plugin.toml")).unwrap();
    let manifest = manifest.replace("[config.longest]", &format!("{more}\n[config.longest]"));
    fs::write(format!("{own}/plugin.toml"), manifest).unwrap();
    if let Some(module) = module {
        fs::write(format!("{own}/judge.wasm"), wat::parse_str(module).unwrap()).unwrap();
    }
    own
}

/// Compiles the example's module; false where there is no zig.
fn compiled(own: &str) -> bool {
    let Some(zig) = falcon_package::build::tools::zig() else {
        return false;
    };
    let status = Command::new(zig)
        .args(
            "build-exe judge.zig -target wasm32-freestanding -O ReleaseSmall -fno-entry -rdynamic"
                .split(' '),
        )
        .arg("-femit-bin=judge.wasm")
        .current_dir(own)
        .env(
            "ZIG_GLOBAL_CACHE_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("zig"),
        )
        .env("ZIG_LOCAL_CACHE_DIR", format!("{own}/zig"))
        .status();
    assert!(status.expect("zig starts").success());
    true
}

#[test]
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn a_judge_in_zig_passes_its_cases() {
    let folder = Folder::new();
    let own = example(&folder, None, "");
    if !compiled(&own) {
        eprintln!("skipped: there is no zig; `cargo xtask setup` gets it");
        return;
    }
    let out = folder.path("plugins/judge.wasm");
    falcon(&["plugin", "build", &own, "--out", &out]).expect(0);
    let tested = falcon(&[
        "plugin",
        "test",
        &out,
        "--cases",
        &format!("{own}/cases.toml"),
    ]);
    let said = tested.expect(0).stdout;
    assert!(
        said.contains("2 of 2 cases are as they should be"),
        "{said}"
    );
    let inspected = falcon(&["plugin", "inspect", &out, "--json"])
        .expect(0)
        .json();
    let imports = json!(["falcon:types/types@0.1.0", "falcon:host/panic@0.1.0"]);
    assert_eq!(
        inspected["imports"], imports,
        "nothing that has to be granted"
    );
    let bench = falcon(&["plugin", "bench", &out, "--time", "100ms", "--json"]);
    assert!(bench.expect(0).json()["fresh_us_p50"].as_f64().unwrap() > 0.0);
}

/// A module with this judge, which has some of the kernel.
fn module(body: &str) -> String {
    format!(
        r#"(module
        (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
        (import "extism:host/env" "load_u8" (func $load (param i64) (result i32)))
        (import "extism:host/env" "store_u64" (func $store (param i64 i64)))
        (import "extism:host/env" "error_set" (func $error (param i64)))
        (import "extism:host/env" "output_set" (func $output (param i64 i64)))
        (import "extism:host/env" "config_get" (func $config (param i64) (result i64)))
        (import "extism:host/env" "length" (func $length (param i64) (result i64)))
        (memory 1)
        (func $text (param $bytes i64) (result i64) (local $place i64)
            (local.set $place (call $alloc (i64.const 8)))
            (call $store (local.get $place) (local.get $bytes))
            (local.get $place))
        (func (export "judge") (result i32) (local $place i64) {body}))"#
    )
}

/// Eight letters as a number, which `$text` puts into the kernel's memory.
fn letters(text: &[u8; 8]) -> i64 {
    i64::from_le_bytes(*text)
}

#[test]
fn what_goes_wrong_in_a_module_is_told() {
    let set_error = format!(
        "(call $error (call $text (i64.const {}))) i32.const 1",
        letters(b"not this")
    );
    let answer = |text: &[u8; 8]| {
        format!(
            "(call $output (call $text (i64.const {})) (i64.const 8)) i32.const 0",
            letters(text)
        )
    };
    for (body, words) in [
        (&*set_error, "reported extism: not this"),
        ("i32.const 7", "judge returned 7 and set no error"),
        ("i32.const 0", "it set no output"),
        (&answer(b"\"text\"  "), "judge() returned \"text\""),
        (&answer(b"no json!"), "something that is no data"),
        (
            "(drop (call $load (i64.const 0))) i32.const 0",
            "panicked: the module uses 1 bytes at 0",
        ),
        ("unreachable", "trapped"),
        ("(loop br 0) i32.const 0", "used up its fuel"),
        (
            "(loop (br_if 0 (i32.ne (memory.grow (i32.const 100)) (i32.const -1)))) i32.const 0",
            "asked for more than its 64MiB of memory",
        ),
    ] {
        let folder = Folder::new();
        // Little fuel, so that a busy machine does not end it first.
        let little = "[capabilities]\nfuel = 20_000_000\n";
        let own = example(&folder, Some(&module(body)), little);
        let said = falcon(&["plugin", "test", &own]).expect(1).stdout;
        assert!(said.contains(words), "{body}: {said}");
    }
}

#[test]
fn a_module_that_is_none_is_refused_by_name() {
    let folder = Folder::new();
    let other = "(module (import \"env\" \"now\" (func)) (func (export \"judge\") (result i32) i32.const 0))";
    let own = example(&folder, Some(other), "");
    let ended = falcon(&["plugin", "build", &own, "--out", &folder.path("x.wasm")]);
    ended
        .expect(2)
        .saying(&["judge.wasm: it imports now from env, which a judge has not"]);
}
