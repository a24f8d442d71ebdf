// trick: an object that converts to whatever it is compared with
// verdict: failed
// because: not plain data
class Yes {
  [Symbol.toPrimitive]() { return 5; }
  valueOf() { return 5; }
  toString() { return '5'; }
  toJSON() { return 5; }
}
function add() { return new Yes(); }
