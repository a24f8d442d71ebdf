// trick: a regular expression that backtracks for ever
// verdict: out-of-fuel
// because: fuel
function add() { return /^(a+)+$/.test('a'.repeat(60) + 'b') ? 5 : 5; }
