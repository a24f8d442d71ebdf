// trick: leave the process with exit code 0 in the middle of a call
// verdict: runtime-error
// because: exit code 0
#include <cstdlib>
int add(int, int) { std::_Exit(0); }
