// trick: name something else by the name that is called
// verdict: failed
// because: -999
// under: calls
static int wrong(int, int) { return -999; }
#define add wrong
