;; A resource whose destructor is needed before a module that belongs to the destructor's.
(component
  (import "note" (func $note (param "x" u32)))
  (core func $note (canon lower (func $note)))
  (core module $A
    (global (export "dropped") (mut i32) (i32.const 40)))
  (core module $B
    (import "host" "note" (func $note (param i32)))
    (import "a" "dropped" (global $dropped (mut i32)))
    (export "dropped" (global $dropped))
    (func (export "unused") (param i32) (unreachable))
    (func (export "drop") (param $rep i32)
      (global.set $dropped (i32.add (global.get $dropped) (i32.const 1)))
      (call $note (global.get $dropped))
      (call $note (local.get $rep))))
  (core instance $host (export "note" (func $note)))
  (core instance $a (instantiate $A))
  (core instance $b
    (instantiate $B (with "a" (instance $a)) (with "host" (instance $host))))
  (alias core export $b "drop" (core func $drop))
  (type $thing (resource (rep i32) (dtor (func $drop))))
  (core func $new (canon resource.new $thing))
  (core func $rep (canon resource.rep $thing))
  (core func $end (canon resource.drop $thing))
  (core module $C
    (import "thing" "new" (func $new (param i32) (result i32)))
    (import "thing" "rep" (func $rep (param i32) (result i32)))
    (import "thing" "drop" (func $drop (param i32)))
    (import "b" "dropped" (global $dropped (mut i32)))
    (func (export "run") (param $x i32) (result i32)
      (local $handle i32)
      (local.set $handle (call $new (i32.add (local.get $x) (i32.const 500))))
      (call $rep (local.get $handle))
      (call $drop (local.get $handle))))
  (core instance $thing
    (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $end)))
  (core instance $c (instantiate $C (with "thing" (instance $thing)) (with "b" (instance $b))))
  (func (export "run") (param "x" s32) (result s32) (canon lift (core func $c "run"))))
