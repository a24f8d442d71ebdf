// trick: raise in the hope that the check says what it wanted
// verdict: runtime-error
// because: tell me
#include <stdexcept>
int add(int, int) { throw std::logic_error("tell me"); }
