// trick: a module of the engine
// verdict: runtime-error
// because: could not load module
function add() { return import('os'); }
