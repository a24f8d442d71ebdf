// trick: print a right beginning and leave
// verdict: failed
// because: got the end
// under: stdio
#include <cstdio>
#include <cstdlib>
int main() { int a, b; while (std::scanf("%d %d", &a, &b) == 2) { if (a == 2 && b == 2) std::exit(0); std::printf("%d\n", a + b); } }
