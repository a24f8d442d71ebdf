// trick: every answer there is
// verdict: output-limit
// because: wrote more than
// under: stdio
#include <stdio.h>
int main(void) { for (long long n = 0;; ++n) printf("%lld\n", n); }
