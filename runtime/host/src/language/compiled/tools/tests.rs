use falcon_package::TOOL;
use wasm_encoder::{Component, CustomSection};

use super::*;
use crate::{
    Engine, engine::quiet, language::bindings::compiling::falcon::language::toolchain::File,
};

/// A tool that makes the empty file `/out` where there is a file `/ok`, and fails elsewhere.
const MAKES: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "okout")
    (func $at (param $path i32) (param $size i32) (param $how i32) (result i32)
        (call $open (i32.const 3) (i32.const 0) (local.get $path) (local.get $size)
            (local.get $how) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 64)))
    (func (export "_start")
        (if (call $at (i32.const 0) (i32.const 2) (i32.const 0)) (then (call $exit (i32.const 1))))
        (drop (call $at (i32.const 2) (i32.const 3) (i32.const 1)))))"#;

fn toolbox() -> Toolbox {
    let engine = Engine::get().unwrap();
    let mut plugin = Component::new();
    plugin.section(&CustomSection {
        name: format!("{TOOL}makes").into(),
        data: wat::parse_str(MAKES).unwrap().into(),
    });
    let plugin = plugin.finish();
    let digest = Digest::of(&plugin);
    let payload = Payload::load(&engine, "test", &plugin, digest, None, &quiet).unwrap();
    Toolbox::new(engine.wasmtime(), &payload).unwrap()
}

fn step(number: usize, ok: bool) -> Step {
    let file = File {
        path: "/ok".to_owned(),
        content: Content::Bytes(Vec::new()),
    };
    Step {
        tool: "makes".to_owned(),
        arguments: vec![number.to_string()],
        files: ok.then_some(file).into_iter().collect(),
        output: "/out".to_owned(),
        keep: true,
    }
}

/// Programs that name headers which are not there take nothing from those that name others.
#[test]
fn what_comes_to_nothing_takes_no_place() {
    let toolbox = toolbox();
    for number in 0..2 * MADE {
        assert!(
            toolbox
                .prepare(step(number, false), &Cancel::never())
                .unwrap()
                .is_none()
        );
    }
    for number in 0..MADE {
        let made = toolbox
            .prepare(step(number, true), &Cancel::never())
            .unwrap();
        assert!(made.is_some(), "{number}");
    }
    let one_more = toolbox.prepare(step(MADE, true), &Cancel::never()).unwrap();
    assert!(one_more.is_none(), "more than {MADE} are made");
}
