// trick: every answer there is
// verdict: output-limit
// because: wrote more than
// under: stdio
#include <cstdio>
int main() { for (long long n = 0;; ++n) std::printf("%lld\n", n); }
