// trick: include without end
// verdict: compile-error
// because: nested too deeply
#include "program"
int add(int, int) { return 0; }
