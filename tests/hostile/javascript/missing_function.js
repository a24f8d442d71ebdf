// trick: no function of that name
// verdict: runtime-error
// because: add is not defined
function sum(a, b) { return a + b; }
