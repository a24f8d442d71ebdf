// trick: answer the calls before the program does
// verdict: compile-error
// because: duplicate symbol
__attribute__((export_name("falcon_perform"))) void falcon_perform(__SIZE_TYPE__ size) {}
int add(int a, int b) { return 0; }
