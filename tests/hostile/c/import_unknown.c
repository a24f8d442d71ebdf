// trick: import a function of some other host
// verdict: forbidden
// because: env.system
__attribute__((import_module("env"), import_name("system"))) int run(const char *command);
int add(int a, int b) { return run("true"); }
