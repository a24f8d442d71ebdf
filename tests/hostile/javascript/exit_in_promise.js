// trick: the process ended inside a job
// verdict: runtime-error
// because: exit code 0
function add() {
  return Promise.resolve().then(() => process.exit(0));
}
