// trick: the process ended with success inside the call
// verdict: runtime-error
// because: exit code 0
function add() {
  try {
    process.exit(0);
  } finally {
    return 5;
  }
}
