// Between the parts of the runtime.
#pragma once
#include <falcon/wire.hpp>

#include <cstring>

#define FALCON_IMPORT(name) __attribute__((import_module("falcon"), import_name(#name)))

extern "C" {
/// Tells why the instance is about to end.
FALCON_IMPORT(fault) void __falcon_import_fault(const void* told, __SIZE_TYPE__ size, unsigned line, unsigned column);
void __wasm_call_ctors();
void __wasm_call_dtors();
int __main_void();
}

namespace __falcon {
/// Tells the exception that is being handled.
void caught(out& o);
/// Ends the instance, with a reason and a place.
void end(const char* kind, const char* message, const char* file, unsigned line, unsigned column);
/// Ends the instance with the exception that is being handled.
void end_uncaught();
/// Before anything of the program runs.
void begin();
} // namespace __falcon
