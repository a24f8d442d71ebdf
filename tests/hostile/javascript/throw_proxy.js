// trick: a proxy thrown, whose traps throw it again
// verdict: runtime-error
// because: the program raised
function add() {
  const trap = new Proxy({}, { get() { throw trap; }, getPrototypeOf() { throw trap; }, ownKeys() { throw trap; } });
  throw trap;
}
