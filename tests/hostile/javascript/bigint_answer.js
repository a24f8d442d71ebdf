// trick: a big integer of the right size
// verdict: failed
// because: bigint
// under: calls
const add = (a, b) => BigInt(a) + BigInt(b);
