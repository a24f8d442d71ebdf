// trick: a text too long to cross
// verdict: failed
// because: data of more than
const text = 'x'.repeat((1 << 24) + 1);
function add() { return text; }
