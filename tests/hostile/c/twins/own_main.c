// trick: has a main of its own, for trying it
#include <stdio.h>
int add(int a, int b) { return a + b; }
int main(void) { printf("%d\n", add(1, 2)); return 7; }
