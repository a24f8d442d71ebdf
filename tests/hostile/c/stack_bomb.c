// trick: nest without end
// verdict: runtime-error
// because: overflowed the stack
static int deeper(volatile int *from) { volatile int here = *from + 1; return deeper(&here) + here; }
int add(int a, int b) { volatile int x = a; return deeper(&x); }
