// trick: end by abort
// verdict: runtime-error
// because: abort
#include <cstdlib>
int add(int, int) { std::abort(); }
