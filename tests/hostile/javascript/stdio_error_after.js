// trick: the right start of the output and then an error
// verdict: failed
// because: expected
// under: stdio
const [a, b] = require('fs').readFileSync(0, 'utf8').split(/\s+/).map(Number);
console.log(a + b);
