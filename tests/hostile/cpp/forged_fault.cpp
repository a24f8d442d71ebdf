// trick: tell of an end that did not come
// verdict: failed
// because: -999
// under: calls
extern "C" __attribute__((import_module("falcon"), import_name("fault"))) void fault(const void*, __SIZE_TYPE__, unsigned, unsigned);
int add(int, int) { fault("", 0, 1, 1); return -999; }
