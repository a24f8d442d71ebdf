// trick: jumps out of its own functions, and comes back
#include <setjmp.h>
static jmp_buf done;
static volatile int sum;
static void leave(int a, int b) { sum = a + b; longjmp(done, 1); }
int add(int a, int b) {
    if (setjmp(done) == 0) leave(a, b);
    return sum;
}
