// trick: all numbers, the right one among them
// verdict: output-limit
// because: more than
// under: stdio
for (let n = 0; ; n++) console.log(n);
