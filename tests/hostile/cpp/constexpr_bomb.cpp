// trick: have the compiler compute without end
// verdict: compile-error
// because: constant expression
constexpr int forever() { int n = 0; for (;;) ++n; return n; }
constexpr int never = forever();
int add(int, int) { return never; }
