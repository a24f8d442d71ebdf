// trick: output without an end
// verdict: output-limit
// because: more than
function add(a, b) {
  for (;;) console.log('passed'.repeat(1000));
}
