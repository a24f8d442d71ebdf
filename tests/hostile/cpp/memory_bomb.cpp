// trick: take all memory there is
// verdict: out-of-memory
// because: more than its memory
#include <cstring>
#include <new>
int add(int, int) { for (;;) std::memset(new char[1 << 20], 1, 1 << 20); }
