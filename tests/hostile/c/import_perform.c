// trick: import the way to the candidate, to ask itself
// verdict: forbidden
// because: falcon.perform
__attribute__((import_module("falcon"), import_name("perform"))) int perform(const void *from, int size);
int add(int a, int b) { return perform("", 0); }
