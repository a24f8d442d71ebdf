// trick: a loop without an end
// verdict: out-of-fuel
// because: fuel
function add() { for (;;) {} }
