// trick: a text too long to cross
// verdict: failed
// because: data of more than
function add() { return 'x'.repeat((1 << 24) + 1); }
