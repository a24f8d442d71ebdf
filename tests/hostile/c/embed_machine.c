// trick: have the compiler embed a file of the machine
// verdict: compile-error
// because: not found
static const unsigned char secret[] = {
#embed "/proc/self/environ"
};
int add(int a, int b) { return secret[0]; }
