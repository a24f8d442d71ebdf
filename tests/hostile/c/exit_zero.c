// trick: leave the process with exit code 0 before anything is called
// verdict: runtime-error
// because: exit code 0
#include <stdlib.h>
__attribute__((constructor)) static void leave(void) { exit(0); }
int add(int a, int b) { return 0; }
