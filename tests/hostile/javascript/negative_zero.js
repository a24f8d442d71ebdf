// trick: the number that equals zero and is none
// verdict: failed
// because: -0.0
// under: calls
const add = (a, b) => (a + b === 0 ? -0 : a + b);
