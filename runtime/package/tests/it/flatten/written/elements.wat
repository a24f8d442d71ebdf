;; Segments of expressions: active with a null and a global, active with functions only, of references
;; that are never null, passive, and declared.
(component
  (core module $A
    (type $step (func (param i32) (result i32)))
    (table (export "calls") 8 funcref)
    (func $five (export "five") (type $step) (i32.add (local.get 0) (i32.const 5)))
    (elem declare func $five)
    (elem funcref (ref.func $five))
    (func $six (type $step) (i32.add (local.get 0) (i32.const 6)))
    (global (export "six") funcref (ref.func $six))
    (global (export "place") i32 (i32.const 2)))
  (core module $B
    (type $nothing (func))
    (type $step (func (param i32) (result i32)))
    (import "a" "place" (global $place i32))
    (import "a" "six" (global $six funcref))
    (import "a" "five" (func $five (type $step)))
    (import "a" "calls" (table $calls 8 funcref))
    (func $seven (type $step) (i32.add (local.get 0) (i32.const 7)))
    (func $eight (type $step) (i32.add (local.get 0) (i32.const 8)))
    (func $nine (type $step) (i32.add (local.get 0) (i32.const 9)))
    (func $ten (type $step) (i32.add (local.get 0) (i32.const 10)))
    (elem declare funcref (ref.func $nine))
    (elem $later funcref (ref.null func) (ref.func $ten) (global.get $six))
    (elem (table $calls) (offset (global.get $place)) funcref
      (ref.func $seven) (ref.null func) (global.get $six))
    (elem (table $calls) (offset (i32.const 0)) funcref (ref.func $eight) (ref.func $five))
    (elem (table $calls) (offset (i32.const 5)) (ref func) (ref.func $seven))
    (func (export "run") (type $step)
      (local $place i32)
      (local.set $place (i32.and (local.get 0) (i32.const 7)))
      (if (i32.eq (local.get 0) (i32.const 13))
        (then
          (table.init $calls $later (i32.const 3) (i32.const 1) (i32.const 2))
          (table.set $calls (i32.const 7) (ref.func $nine))
          (elem.drop $later)))
      ;; All places, so that each is seen at each call.
      (loop $next (result i32)
        (local.set $place (i32.add (local.get $place) (i32.const 1)))
        (if (i32.eqz (ref.is_null (table.get $calls (i32.and (local.get $place) (i32.const 7)))))
          (then
            (local.set 0
              (i32.mul (i32.const 3)
                (call_indirect $calls (type $step)
                  (local.get 0) (i32.and (local.get $place) (i32.const 7)))))))
        (br_if $next (i32.rem_u (local.get $place) (i32.const 8)))
        (local.get 0))))
  (core instance $a (instantiate $A))
  (core instance $b (instantiate $B (with "a" (instance $a))))
  (func (export "run") (param "x" s32) (result s32) (canon lift (core func $b "run"))))
