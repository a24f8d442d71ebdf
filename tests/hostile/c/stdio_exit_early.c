// trick: print a right beginning and leave
// verdict: failed
// because: got the end
// under: stdio
#include <stdio.h>
#include <stdlib.h>
int main(void) { int a, b; while (scanf("%d %d", &a, &b) == 2) { if (a == 2 && b == 2) exit(0); printf("%d\n", a + b); } }
