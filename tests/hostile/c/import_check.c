// trick: import the function by which the test side tells its outcomes
// verdict: forbidden
// because: falcon.check
__attribute__((import_module("falcon"), import_name("check"))) void check(const void *from, int size);
int add(int a, int b) { check("", 0); return 0; }
