// trick: answer the calls before the program does
// verdict: compile-error
// because: duplicate symbol
extern "C" __attribute__((export_name("falcon_perform"))) void falcon_perform(__SIZE_TYPE__) {}
int add(int, int) { return 0; }
