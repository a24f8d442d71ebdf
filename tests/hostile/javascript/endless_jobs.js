// trick: jobs that make jobs, so that the call never ends
// verdict: out-of-fuel
// because: fuel
function add() {
  const again = () => void Promise.resolve().then(again);
  return new Promise(again);
}
