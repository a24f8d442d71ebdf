// trick: leave with exit code 0 from a handler, when the program ends by an error
// verdict: runtime-error
// because: abort
#include <stdlib.h>
static void leave(void) { _Exit(0); }
__attribute__((constructor)) static void prepare(void) { atexit(leave); }
int add(int a, int b) { abort(); }
