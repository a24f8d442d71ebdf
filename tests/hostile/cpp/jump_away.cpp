// trick: jump out of the call that asks
// verdict: runtime-error
// because: crashed
#include <csetjmp>
static std::jmp_buf there;
static int again = setjmp(there);
int add(int, int) { std::longjmp(there, 1); }
