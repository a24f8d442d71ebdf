// trick: memory without an end, each refusal caught
// verdict: out-of-fuel
// because: fuel
const all = [];
function add() {
  for (;;) {
    try {
      all.push('x'.repeat(1 << 20) + all.length);
    } catch {}
  }
}
