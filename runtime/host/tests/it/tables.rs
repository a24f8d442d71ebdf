//! Tables of function references: what an instance may take of them, and that nothing of one is left for the next.

use falcon_host::{Failure, Limits, Plugin};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::common::{ask, file, loader, manifest, told};

/// A judge in which `{table}` declares the table `$t`, and whose score is what `{score}` leaves.
const JUDGE: &str = r#"(module
  (memory (export "memory") 2)
  {table}
  (global $next (mut i32) (i32.const 1024))
  (func $written)
  (elem declare func $written)
  ;; Room for what the episode holds. Nothing is given back.
  (func (export "cabi_realloc") (param $old i32) (param $held i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $next (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  ;; How many elements are not empty.
  (func $taken (result f64)
    (local $at i32) (local $taken f64)
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $at) (table.size $t)))
        (if (i32.eqz (ref.is_null (table.get $t (local.get $at))))
          (then (local.set $taken (f64.add (local.get $taken) (f64.const 1)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $more)))
    (local.get $taken))
  ;; A judgement with a score and nothing else, at the start of memory: what is not written here is zero.
  (func (export "falcon:judge/judge@0.2.0#judge") (param $episode i32) (result i32)
    (local $score f64)
    {score}
    (local.set $score)
    (i32.store8 (i32.const 8) (i32.const 1))
    (f64.store (i32.const 16) (local.get $score))
    (i32.const 0)))"#;

/// The judge as a plugin under this name.
fn judge(name: &str, table: &str, score: &str, limits: Limits) -> Plugin {
    let text = JUDGE.replace("{table}", table).replace("{score}", score);
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    let types = include_str!("../../../../wit/types/v0.1/types.wit");
    resolve.push_str("types.wit", types).unwrap();
    let interface = include_str!("../../../../wit/judge/v0.2/judge.wit");
    let package = resolve.push_str("judge.wit", interface).unwrap();
    let world = resolve
        .select_world(&[package], Some("judge-plugin"))
        .unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let manifest = manifest(name, ">=0.1", "");
    let plugin = falcon_package::package(&module, &manifest, "plugin.toml").unwrap();
    let (_folder, path) = file(&plugin);
    loader().limits(limits).load(&path).unwrap()
}

/// The largest table that may be, of which an instance counts what is taken, and then takes all.
const LARGEST: &str = "(table $t 65536 65536 funcref)";
const COUNTS_AND_FILLS: &str = "(call $taken)
    (table.fill $t (i32.const 0) (ref.func $written) (table.size $t))
    (if (f64.ne (call $taken) (f64.const 65536)) (then (unreachable)))";

#[test]
fn nothing_is_left_in_a_table() {
    let one = |name| judge(name, LARGEST, COUNTS_AND_FILLS, Limits::default());
    let (one, other) = (one("falcon/one"), one("falcon/other"));
    assert_ne!(one.id().digest, other.id().digest);
    for _ in 0..4 {
        std::thread::scope(|scope| {
            for plugin in [&one, &other, &one, &other] {
                let found = move || ask(&told(plugin, "nothing", 0)).unwrap().score;
                scope.spawn(move || assert_eq!(found(), Some(0.0)));
            }
        });
    }
}

/// A table bomb: it ends, and by the limit of the call or of the machine, whichever is less.
#[test]
fn a_table_grows_to_its_limit() {
    let limits = |table_elements| Limits {
        table_elements,
        ..Limits::default()
    };
    let grows = "(loop $more
      (drop (table.grow $t (ref.null func) (i32.const 1000)))
      (br $more))
    (unreachable)";
    for elements in [20_000, 1_000_000] {
        let bomb = judge(
            "falcon/bomb",
            "(table $t 1 funcref)",
            grows,
            limits(elements),
        );
        let error = ask(&told(&bomb, "nothing", 0)).unwrap_err();
        assert_eq!(error.failure, Failure::OutOfMemory(64 << 20), "{elements}");
    }
    // What it may have it gets.
    let grown = "(drop (table.grow $t (ref.func $written) (i32.const 19000)))
    (call $taken)";
    let plugin = judge(
        "falcon/grown",
        "(table $t 1 funcref)",
        grown,
        limits(20_000),
    );
    let score = ask(&told(&plugin, "nothing", 0)).unwrap().score;
    assert_eq!(score, Some(19_000.0));
}
