// trick: adds by recursion
int add(int a, int b) { return b == 0 ? a : b < 0 ? add(a - 1, b + 1) : add(a + 1, b - 1); }
