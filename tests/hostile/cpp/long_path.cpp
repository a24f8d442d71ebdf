// trick: have the host work for nothing, and time end it: a path as long as memory
// verdict: out-of-fuel
// because: used up its fuel
// under: calls
#include <cstring>
extern "C" __attribute__((import_module("wasi_snapshot_preview1"), import_name("path_unlink_file"))) int path_unlink_file(int, const void*, unsigned);
char path[32 << 20];
int add(int, int) {
    std::memset(path, 'x', sizeof path);
    for (;;) path_unlink_file(0, path, sizeof path);
}
