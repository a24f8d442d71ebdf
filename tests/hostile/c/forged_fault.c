// trick: tell of an end that did not come
// verdict: failed
// because: -999
// under: calls
__attribute__((import_module("falcon"), import_name("fault"))) void fault(const void *from, __SIZE_TYPE__ size, unsigned line, unsigned column);
int add(int a, int b) { fault("", 0, 1, 1); return -999; }
