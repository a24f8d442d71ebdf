// trick: name something else by the name that is called
// verdict: failed
// because: add
static int wrong(int, int) { return -999; }
#define add wrong
