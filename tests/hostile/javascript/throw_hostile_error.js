// trick: an error whose every property throws
// verdict: runtime-error
// because: the program raised
function add() {
  const error = new Error();
  for (const name of ['message', 'name', 'stack', 'constructor', 'toString']) {
    Object.defineProperty(error, name, { get() { throw error; } });
  }
  throw error;
}
