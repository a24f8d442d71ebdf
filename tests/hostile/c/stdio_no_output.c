// trick: say nothing and end well
// verdict: failed
// because: got the end
// under: stdio
int main(void) { return 0; }
