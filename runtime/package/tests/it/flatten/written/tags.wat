;; Exceptions that one module names and another throws and catches.
(component
  (core module $A
    (tag (export "narrow") (param i32))
    (tag (export "wide") (param i32 i32)))
  (core module $B
    (type $nothing (func))
    (import "a" "wide" (tag $wide (param i32 i32)))
    (import "a" "narrow" (tag $narrow (param i32)))
    (tag $own)
    (func $throws (param $x i32)
      (if (i32.eqz (local.get $x)) (then (throw $own)))
      (if (i32.and (local.get $x) (i32.const 1))
        (then (throw $narrow (local.get $x)))
        (else (throw $wide (local.get $x) (i32.const 3)))))
    (func (export "run") (param $x i32) (result i32)
      (block $of_narrow (result i32)
        (block $of_wide (result i32 i32)
          (block $of_own
            (try_table (catch $own $of_own) (catch $wide $of_wide) (catch $narrow $of_narrow)
              (call $throws (local.get $x)))
            (unreachable))
          (return (i32.const -1)))
        (i32.mul)
        (return))
      (i32.add (i32.const 1000))))
  (core instance $a (instantiate $A))
  (core instance $b (instantiate $B (with "a" (instance $a))))
  (func (export "run") (param "x" s32) (result s32) (canon lift (core func $b "run"))))
