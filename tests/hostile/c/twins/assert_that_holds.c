// trick: asserts what is true
#include <assert.h>
int add(int a, int b) { assert(a + b == b + a); return a + b; }
