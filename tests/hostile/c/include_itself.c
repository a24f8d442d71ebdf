// trick: include without end
// verdict: compile-error
// because: nested too deeply
#include "program"
int add(int a, int b) { return 0; }
