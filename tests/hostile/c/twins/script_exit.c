// trick: ends with exit
// under: stdio
#include <stdio.h>
#include <stdlib.h>
int main(void) { int a, b; while (scanf("%d %d", &a, &b) == 2) printf("%d\n", a + b); exit(0); }
