// trick: has wider types than the tests need
#include <stdint.h>
int64_t add(int64_t a, int64_t b) { return a + b; }
