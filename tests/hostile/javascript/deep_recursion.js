// trick: recursion without an end
// verdict: runtime-error
// because: Maximum call stack size exceeded
function add(a, b) { return add(a, b) + 1; }
