// trick: prints while it is called
#include <stdio.h>
int add(int a, int b) { printf("adding %d and %d\n", a, b); return a + b; }
