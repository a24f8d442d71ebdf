// trick: have the host work for nothing, and time end it: many clocks waited for at once
// verdict: out-of-fuel
// because: used up its fuel
// under: calls
extern "C" __attribute__((import_module("wasi_snapshot_preview1"), import_name("poll_oneoff"))) int poll_oneoff(const void*, void*, unsigned, void*);
char asked[48 * 1024], told[32 * 1024];
unsigned count;
int add(int, int) { for (;;) poll_oneoff(asked, told, 1024, &count); }
