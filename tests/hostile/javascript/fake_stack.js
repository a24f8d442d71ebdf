// trick: stacks that point to the tests and end the look at them
// verdict: runtime-error
// because: the program raised RangeError: fake
Error.prepareStackTrace = () => { throw 5; };
Error.stackTraceLimit = 1e9;
function add() {
  const error = new RangeError('fake');
  error.stack = 'at program.js:99999999999:1\n'.repeat(1000);
  throw error;
}
