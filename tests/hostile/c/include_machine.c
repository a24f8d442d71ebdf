// trick: have the compiler read a file of the machine
// verdict: compile-error
// because: file not found
#include "/etc/passwd"
int add(int a, int b) { return 0; }
