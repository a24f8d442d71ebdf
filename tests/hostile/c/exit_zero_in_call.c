// trick: leave the process with exit code 0 in the middle of a call
// verdict: runtime-error
// because: exit code 0
#include <stdlib.h>
int add(int a, int b) { _Exit(0); }
