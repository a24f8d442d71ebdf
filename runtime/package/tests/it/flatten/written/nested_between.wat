;; A component inside starts between two modules that belong together: it cannot stay there.
(component
  (import "note" (func $note (param "x" u32)))
  (core func $note (canon lower (func $note)))
  (core module $A
    (import "host" "note" (func $note (param i32)))
    (global (export "number") (mut i32) (i32.const 7))
    (func $start (call $note (i32.const 1)))
    (start $start))
  (core module $B
    (import "a" "number" (global $number (mut i32)))
    (func (export "run") (param $x i32) (result i32)
      (i32.add (global.get $number) (local.get $x))))
  (component $N
    (import "note" (func $note (param "x" u32)))
    (core func $note (canon lower (func $note)))
    (core module $M
      (import "host" "note" (func $note (param i32)))
      (func $start (call $note (i32.const 2)))
      (start $start))
    (core instance $host (export "note" (func $note)))
    (core instance (instantiate $M (with "host" (instance $host)))))
  (core instance $host (export "note" (func $note)))
  (core instance $a (instantiate $A (with "host" (instance $host))))
  (instance (instantiate $N (with "note" (func $note))))
  (core instance $b (instantiate $B (with "a" (instance $a))))
  (func (export "run") (param "x" s32) (result s32) (canon lift (core func $b "run"))))
