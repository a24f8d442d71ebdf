// trick: none: lines that come as events
// under: stdio
const rl = require('readline').createInterface({ input: process.stdin, terminal: false });
rl.on('line', (line) => console.log(line.split(' ').map(Number).reduce((a, b) => a + b)));
