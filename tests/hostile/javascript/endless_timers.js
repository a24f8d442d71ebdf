// trick: timers that start timers
// verdict: out-of-fuel
// because: fuel
function add() {
  return new Promise(() => setInterval(() => undefined, 1000));
}
