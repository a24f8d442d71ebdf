// trick: an error that no one waits for
// verdict: runtime-error
// because: lost
// under: stdio
const lines = require('fs').readFileSync(0, 'utf8').trim().split('\n');
for (const line of lines) console.log(line.split(' ').map(Number).reduce((a, b) => a + b));
Promise.reject(new Error('lost'));
