// trick: comment out what follows the program
// verdict: compile-error
// because: unterminated
int add(int a, int b) { return 0; }
/* and nothing behind this counts
