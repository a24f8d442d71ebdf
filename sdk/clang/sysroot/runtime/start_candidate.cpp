// The candidate side: opened once, then asked for one call at a time.
#include <cstdlib>
#include <string>
#include <falcon/candidate.hpp>
#include "runtime.hpp"

extern "C" {
FALCON_IMPORT(input) void __falcon_import_input(void* to);
FALCON_IMPORT(output) void __falcon_import_output(const void* from, __SIZE_TYPE__ size);
}

namespace __falcon {

static function* first = nullptr;

function::function(const char* name, void (*call)(in&, out&)) : name(name), call(call), next(first) { first = this; }

/// What goes back where the call did not return.
static void raised() {
    out o;
    o.tag(1);
    caught(o);
    __falcon_import_output(o.data, o.size);
}

} // namespace __falcon

using namespace __falcon;

extern "C" __attribute__((export_name("_initialize"))) void _initialize() {
    begin();
    try {
        __wasm_call_ctors();
    } catch (...) {
        end_uncaught();
    }
}

/// One call. The input is the length of the function's name, the name, and the arguments.
extern "C" __attribute__((export_name("falcon_perform"))) void falcon_perform(count size) {
    byte* input = static_cast<byte*>(malloc(size + 1));
    try {
        if (!input) throw std::bad_alloc();
        __falcon_import_input(input);
        in i{input, input + size};
        unsigned length = i.number();
        std::string name(reinterpret_cast<const char*>(i.take(length)), length);
        auto* f = first;
        while (f && name != f->name) f = f->next;
        if (!f) throw std::runtime_error("the program has no function " + name);
        out reply;
        f->call(i, reply);
        __falcon_import_output(reply.data, reply.size);
    } catch (...) {
        raised();
    }
    free(input);
}
