// trick: the process ended with success before any test
// verdict: runtime-error
// because: exit code 0
process.exit(0);
