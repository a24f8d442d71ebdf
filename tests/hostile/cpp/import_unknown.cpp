// trick: import a function of some other host
// verdict: forbidden
// because: env.system
extern "C" __attribute__((import_module("env"), import_name("system"))) int run(const char*);
int add(int, int) { return run("true"); }
