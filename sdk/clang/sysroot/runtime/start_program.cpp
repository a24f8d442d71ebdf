// A whole program.
#include <cstdlib>
#include "runtime.hpp"

extern "C" __attribute__((export_name("_start"))) void _start() {
    __falcon::begin();
    int code = 0;
    try {
        __wasm_call_ctors();
        code = __main_void();
    } catch (...) {
        __falcon::end_uncaught();
    }
    std::exit(code);
}
