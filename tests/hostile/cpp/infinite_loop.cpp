// trick: never answer
// verdict: out-of-fuel
// because: used up its fuel
int add(int a, int) { volatile int x = a; while (x == a) {} return x; }
