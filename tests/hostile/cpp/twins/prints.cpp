// trick: prints while it is called
#include <cstdio>
int add(int a, int b) { std::printf("adding %d and %d\n", a, b); return a + b; }
