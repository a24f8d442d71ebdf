// trick: never answer
// verdict: out-of-fuel
// because: used up its fuel
int add(int a, int b) { volatile int x = a; while (x == a) {} return x; }
