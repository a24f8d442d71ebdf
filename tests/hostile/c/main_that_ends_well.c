// trick: a program of its own that ends with exit code 0
// verdict: failed
// because: got -1
// under: calls
int add(int a, int b) { return -1; }
int main(void) { return 0; }
