// trick: none: a script that ends with success
// under: stdio
const lines = require('fs').readFileSync(0, 'utf8').trim().split('\n');
for (const line of lines) console.log(line.split(' ').reduce((a, b) => a + Number(b), 0));
process.exit(0);
