// trick: a thing to wait for that resolves to what it likes
// verdict: failed
// because: not plain data
function add() {
  return { then(resolve) { resolve(5); resolve('passed'); } };
}
