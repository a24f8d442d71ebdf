// trick: leave the process with exit code 0 before anything is called
// verdict: runtime-error
// because: exit code 0
#include <cstdlib>
int prepared = (std::exit(0), 0);
int add(int, int) { return 0; }
