//! A component as C makes it: a module that asks the system, and the adapter beside it.
//!
//! Also used by the host's tests, which run it.

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const MANIFEST: &str = "name = \"a/b\"\nkind = \"judge\"\nversion = \"0.1.0\"\nlicense = \"MIT\"\n\
                        description = \"x\"\nhost = \"*\"\n";

/// The interface's name is a judge's, which packaging asks for; its function is simpler.
const INTERFACE: &str = "package falcon:judge@0.1.0;\n\
                         interface judge { judge: func(x: u32) -> u32; }\n\
                         world plugin { export judge; }\n";

/// Writes a line with a digit to standard output, and returns how many bytes were written.
const MODULE: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "written 0\n")
  (func (export "falcon:judge/judge@0.1.0#judge") (param $x i32) (result i32)
    (i32.store8 (i32.const 72) (i32.add (i32.const 48) (local.get $x)))
    (i32.store (i32.const 16) (i32.const 64))
    (i32.store (i32.const 20) (i32.const 10))
    (if (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24))
      (then (unreachable)))
    (i32.load (i32.const 24))))"#;

/// The plugin that packaging makes of the module.
pub(crate) fn component() -> Vec<u8> {
    let mut module = wat::parse_str(MODULE).unwrap();
    let mut resolve = Resolve::default();
    let package = resolve.push_str("judge.wit", INTERFACE).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    falcon_package::package(&module, MANIFEST, "plugin.toml").unwrap()
}
