use wasmparser::Parser;

use super::join;

/// A runner with one kernel function, whose own judge gives the guest's code and what the guest did.
const RUNNER: &str = r#"(module
    (import "falcon:host/panic@0.1.0" "report" (func $report))
    (import "falcon:extism" "judge" (func $judge (result i32)))
    (import "falcon:extism" "begin" (func $begin))
    (memory (export "memory") 1)
    (global $seen (mut i64) (i64.const 0))
    (func (export "kernel_alloc") (param i64) (result i64)
        (global.set $seen (i64.add (global.get $seen) (local.get 0)))
        (global.get $seen))
    (func (export "run") (result i32)
        (call $begin)
        (i32.add (call $judge) (i32.wrap_i64 (global.get $seen))))
    (data (i32.const 0) "runner"))"#;

fn joined(guest: &str) -> Result<Vec<u8>, String> {
    join(
        &wat::parse_str(RUNNER).unwrap(),
        &wat::parse_str(guest).unwrap(),
    )
}

const ALLOC: &str = r#"(import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))"#;

#[test]
fn two_modules_are_one_with_the_runner_s_surface() {
    let guest = format!(
        r#"(module {ALLOC}
        (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
        (memory (export "memory") 2)
        (table 1 funcref)
        (elem (i32.const 0) $judge)
        (global $at (mut i32) (i32.const 8))
        (func (export "_initialize") (drop (call $alloc (i64.const 3))))
        (func $judge (export "judge") (result i32)
            (drop (call $sizes (global.get $at) (i32.const 4)))
            (drop (call $alloc (i64.const 4)))
            (i32.load (global.get $at)))
        (func (export "other") (result i32) (call_indirect (result i32) (i32.const 0)))
        (data (i32.const 8) "guest"))"#
    );
    let module = joined(&guest).unwrap();
    let (mut imports, mut exports, mut memories) = (Vec::new(), Vec::new(), 0);
    for payload in Parser::new(0).parse_all(&module) {
        match payload.unwrap() {
            wasmparser::Payload::ImportSection(section) => {
                imports.extend(section.into_imports().map(|it| it.unwrap().name));
            }
            wasmparser::Payload::ExportSection(section) => {
                exports.extend(section.into_iter().map(|it| it.unwrap().name));
            }
            wasmparser::Payload::MemorySection(section) => memories = section.count(),
            _ => {}
        }
    }
    assert_eq!(
        (imports, exports, memories),
        (vec!["report"], vec!["memory", "run"], 2)
    );
}

/// The joined module has none of the guest's exports, and a reference in code wants its function declared outside of code.
#[test]
fn functions_are_named_that_only_their_exports_declared() {
    let guest = format!(
        r#"(module {ALLOC}
        (export "asks" (func $alloc))
        (table 2 funcref)
        (func $other (export "other") (result i32) (i32.const 7))
        (func (export "judge") (result i32)
            (table.set (i32.const 0) (ref.func $other))
            (table.set (i32.const 1) (ref.func $alloc))
            (call_indirect (result i32) (i32.const 0))))"#
    );
    let module = joined(&guest).unwrap();
    // Exports of the guest that no code names declare nothing.
    let plain =
        r#"(module (func (export "other")) (func (export "judge") (result i32) (i32.const 0)))"#;
    let elements = |module: &[u8]| {
        let mut count = 0;
        for payload in Parser::new(0).parse_all(module) {
            if let wasmparser::Payload::ElementSection(section) = payload.unwrap() {
                count += section.count();
            }
        }
        count
    };
    let counts = [elements(&module), elements(&joined(plain).unwrap())];
    assert_eq!(counts, [1, 0]);
}

#[test]
fn a_module_that_cannot_judge_says_why() {
    for (guest, words) in [
        (
            "(module)",
            "no function `judge`, which takes nothing and returns an i32; it exports none",
        ),
        (
            "(module (func (export \"score\") (result i32) i32.const 0))",
            "it exports score",
        ),
        (
            "(module (func (export \"judge\")))",
            "returns an i32, and this one does not",
        ),
        (
            "(module (func (export \"judge\") (param i32) (result i32) i32.const 0))",
            "takes nothing",
        ),
        (
            "(module (func (export \"judge\") (result i32) i32.const 0) (func (export \"_initialize\") (param i32)))",
            "takes and returns nothing",
        ),
        (
            "(module (import \"extism:host/user\" \"own\" (func)) (func (export \"judge\") (result i32) i32.const 0))",
            "imports own from extism:host/user, which a judge has not",
        ),
        (
            "(module (import \"extism:host/env\" \"alloc\" (func (param i32) (result i32)))
                (func (export \"judge\") (result i32) i32.const 0))",
            "imports alloc from extism:host/env, which a judge has not, or has with another type; \
             from extism:host/env there are alloc",
        ),
        (
            "(module (import \"env\" \"memory\" (memory 1)) (func (export \"judge\") (result i32) i32.const 0))",
            "imports a memory",
        ),
        (
            "(module (import \"wasi_snapshot_preview1\" \"f\" (func (result i32))) (export \"judge\" (func 0)))",
            "exports an import as its judge",
        ),
        (
            "(component (core module (func (export \"judge\") (result i32) i32.const 0)))",
            "is a component",
        ),
    ] {
        let error = joined(guest).unwrap_err();
        assert!(error.contains(words), "{guest}: {error}");
    }
    let error = join(&wat::parse_str(RUNNER).unwrap(), b"\0asm").unwrap_err();
    assert!(error.contains("no WebAssembly module"), "{error}");
}
