// trick: memory without an end
// verdict: out-of-memory
// because: memory
const all = [];
function add() { for (;;) all.push(new Float64Array(1 << 16)); }
