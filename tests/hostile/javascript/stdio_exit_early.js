// trick: an end with success before all output
// verdict: failed
// because: expected
// under: stdio
console.log(5);
process.exit(0);
console.log(2);
