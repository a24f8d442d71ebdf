// trick: import the function by which the test side tells its outcomes
// verdict: forbidden
// because: falcon.check
extern "C" __attribute__((import_module("falcon"), import_name("check"))) void check(const void*, int);
int add(int, int) { check("", 0); return 0; }
