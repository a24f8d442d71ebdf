// trick: the caller and its arguments searched for the expected value
// verdict: runtime-error
// because: the program raised TypeError
function add() { return add.caller.arguments[1]; }
