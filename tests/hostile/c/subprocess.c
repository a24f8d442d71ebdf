// trick: have another process answer
// verdict: compile-error
// because: system
#include <stdlib.h>
int add(int a, int b) { return system("true"); }
