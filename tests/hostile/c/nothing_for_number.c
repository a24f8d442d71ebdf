// trick: no answer at all
// verdict: failed
// because: expected 5
// under: calls
void add(int a, int b) {}
