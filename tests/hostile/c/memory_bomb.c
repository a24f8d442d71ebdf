// trick: take all memory there is
// verdict: out-of-memory
// because: more than its memory
#include <stdlib.h>
char *volatile kept;
int add(int a, int b) {
    for (;;) {
        kept = malloc(1 << 20);
        kept[0] = 1;
    }
}
