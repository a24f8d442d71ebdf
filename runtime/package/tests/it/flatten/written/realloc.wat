;; A list that comes and one that goes: the memory is one module's, what allocates and frees the other's.
(component
  (core module $A
    (memory (export "memory") 1)
    (global (export "next") (mut i32) (i32.const 64)))
  (core module $B
    (import "a" "next" (global $next (mut i32)))
    (import "a" "memory" (memory 1))
    (func (export "unused") (unreachable))
    (func (export "run") (param $x i32) (result i32)
      (i32.add (global.get $next) (local.get $x)))
    ;; The bytes that came, with 1 added to the first.
    (func (export "echo") (param $at i32) (param $length i32) (result i32)
      (i32.store8 (local.get $at) (i32.add (i32.load8_u (local.get $at)) (i32.const 1)))
      (i32.store (i32.const 16) (local.get $at))
      (i32.store (i32.const 20) (local.get $length))
      (i32.const 16))
    ;; Leaves a trace, which `run` shows.
    (func (export "free") (param $at i32)
      (global.set $next (i32.add (global.get $next) (i32.const 1000))))
    (func (export "realloc")
      (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get $new)))))
  (core instance $a (instantiate $A))
  (core instance $b (instantiate $B (with "a" (instance $a))))
  (alias core export $a "memory" (core memory $memory))
  (func (export "run") (param "x" s32) (result s32) (canon lift (core func $b "run")))
  (func (export "echo") (param "x" (list u8)) (result (list u8))
    (canon lift (core func $b "echo")
      (memory $memory) (realloc (func $b "realloc")) (post-return (func $b "free")))))
