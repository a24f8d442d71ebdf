// trick: end by abort
// verdict: runtime-error
// because: abort
#include <stdlib.h>
int add(int a, int b) { abort(); }
