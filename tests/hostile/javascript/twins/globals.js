// trick: none: state between calls
let calls = 0;
var memo = {};
function add(a, b) {
  calls += 1;
  return (memo[`${a},${b}`] ??= a + b);
}
