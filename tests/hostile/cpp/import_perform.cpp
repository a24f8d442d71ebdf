// trick: import the way to the candidate, to ask itself
// verdict: forbidden
// because: falcon.perform
extern "C" __attribute__((import_module("falcon"), import_name("perform"))) int perform(const void*, int);
int add(int, int) { return perform("", 0); }
