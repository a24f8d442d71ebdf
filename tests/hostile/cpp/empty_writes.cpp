// trick: have the host work for nothing, and time end it: writes of many empty buffers
// verdict: out-of-fuel
// because: used up its fuel
// under: calls
extern "C" __attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_write"))) int fd_write(int, const void*, unsigned, void*);
unsigned buffers[2048], written;
int add(int, int) { for (;;) fd_write(1, buffers, 1024, &written); }
