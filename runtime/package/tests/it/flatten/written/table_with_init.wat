;; A table whose places begin with a function, of which a segment changes one.
(component
  (core module $A
    (func (export "one") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func (export "two") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))
  (core module $B
    (type $nothing (func))
    (type $step (func (param i32) (result i32)))
    (import "a" "two" (func $two (type $step)))
    (import "a" "one" (func $one (type $step)))
    (func $own (type $step) (i32.sub (call $two (local.get 0)) (i32.const 7)))
    (table $calls 3 funcref (ref.func $own))
    (elem (i32.const 1) func $one)
    ;; Calls a place that no segment writes.
    (func $stub (type $step) (call_indirect (type $step) (local.get 0) (i32.const 2)))
    (func (export "run") (type $step)
      (call_indirect (type $step) (local.get 0) (i32.rem_u (local.get 0) (i32.const 3)))
      (i32.add (i32.mul (call $stub (local.get 0)) (i32.const 1000)))))
  (core instance $a (instantiate $A))
  (core instance $b (instantiate $B (with "a" (instance $a))))
  (func (export "run") (param "x" s32) (result s32) (canon lift (core func $b "run"))))
