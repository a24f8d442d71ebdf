// trick: name something else by the name that is called
// verdict: compile-error
// because: no function add
static int wrong(int a, int b) { return -999; }
#define add wrong
int add(int a, int b);
