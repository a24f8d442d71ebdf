;; A memory that code of another module grows, until it has its maximum.
(component
  (core module $A
    (memory (export "memory") 1 5)
    (data (i32.const 65532) "\07\00\00\00"))
  (core module $B
    (import "a" "memory" (memory 1 5))
    (func $last (result i32)
      (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)))
    (func (export "run") (param $x i32) (result i32)
      (local $before i32) (local $was i32)
      (local.set $was (i32.load (call $last)))
      (local.set $before (memory.grow (local.get $x)))
      (i32.store (call $last) (i32.add (local.get $was) (i32.const 1)))
      (i32.mul (local.get $before) (i32.const 100))
      (i32.add (memory.size))
      (i32.add (i32.mul (i32.load (i32.const 65532)) (i32.const 10000)))
      (i32.add (i32.mul (local.get $was) (i32.const 1000000)))))
  (core instance $a (instantiate $A))
  (core instance $b (instantiate $B (with "a" (instance $a))))
  (func (export "run") (param "x" s32) (result s32) (canon lift (core func $b "run"))))
