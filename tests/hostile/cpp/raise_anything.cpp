// trick: raise what no one catches by its class
// verdict: runtime-error
// because: Nothing
struct Nothing {};
int add(int, int) { throw Nothing(); }
