// trick: an assertion error of its own, as if a test had been skipped
// verdict: runtime-error
// because: the program raised AssertionError
class AssertionError extends Error {}
function add() { throw new AssertionError('skipped'); }
