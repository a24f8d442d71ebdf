// trick: nothing thrown, which has no class and no message
// verdict: runtime-error
// because: the program raised null
function add() { throw null; }
