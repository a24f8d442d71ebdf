// trick: jump out of the call that asks
// verdict: runtime-error
// because: crashed
#include <setjmp.h>
static jmp_buf there;
__attribute__((constructor)) static void prepare(void) { (void)setjmp(there); }
int add(int a, int b) { longjmp(there, 1); }
