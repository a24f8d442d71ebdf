// The test side: a trusted test program whose candidate is remote.
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <new>
#include <falcon/tests.hpp>
#include "runtime.hpp"

extern "C" {
FALCON_IMPORT(input) void __falcon_import_input(void* to);
FALCON_IMPORT(perform) __SIZE_TYPE__ __falcon_import_perform(const void* from, __SIZE_TYPE__ size);
/// One outcome: plain data, a tuple of name, verdict, message, class, line.
FALCON_IMPORT(check) void __falcon_import_check(const void* from, __SIZE_TYPE__ size);
/// What the test program is: set by the code that is generated behind it; null for its `main`.
extern int (*const __falcon_tests)();
extern const int __falcon_asserts;
}

namespace __falcon {

int checks = 0;

/// The program cannot be asked again, or what it returned was no plain data. Of no class that tests catch by name.
struct stopped {
    std::string verdict, message, type;
};

static std::string text_of(in& i) {
    count n;
    const char* text = i.string(n);
    return std::string(text, n);
}

/// An exception of the program, as the nearest standard class.
[[noreturn]] static void raise(in& i) {
    i.items("an exception");
    unsigned n = i.items("class names");
    std::string types[16], first;
    for (unsigned k = 0; k < n; ++k) {
        std::string name = text_of(i);
        if (k < 16) types[k] = name;
    }
    std::string message = text_of(i);
    if (i.tag() == 'T') throw stopped{"failed", message + ", which is not plain data", "TypeError"};
    for (const auto& type : types) {
        if (type == "std::invalid_argument") throw std::invalid_argument(message);
        if (type == "std::domain_error") throw std::domain_error(message);
        if (type == "std::length_error") throw std::length_error(message);
        if (type == "std::out_of_range") throw std::out_of_range(message);
        if (type == "std::logic_error") throw std::logic_error(message);
        if (type == "std::range_error") throw std::range_error(message);
        if (type == "std::overflow_error") throw std::overflow_error(message);
        if (type == "std::underflow_error") throw std::underflow_error(message);
        if (type == "std::runtime_error") throw std::runtime_error(message);
        if (type == "std::bad_alloc" || type == "MemoryError") throw std::bad_alloc();
        if (type == "std::exception") throw std::runtime_error(message);
    }
    if (types[0] == "int") throw static_cast<int>(std::strtol(message.c_str(), nullptr, 10));
    if (types[0] == "std::string") throw message;
    if (types[0] == "const char*") throw static_cast<const char*>(strdup(message.c_str()));
    throw stopped{"runtime-error", "the program raised " + types[0] + ": " + message, types[0]};
}

static byte* answered = nullptr;

void perform(const char* name, out& arguments, in& answer, in& changed) {
    out o;
    count length = std::strlen(name);
    o.number(length);
    o.put(name, length);
    o.put(arguments.data, arguments.size);
    count size = __falcon_import_perform(o.data, o.size);
    free(answered);
    answered = static_cast<byte*>(malloc(size + 1));
    if (!answered) throw std::bad_alloc();
    __falcon_import_input(answered);
    in i{answered, answered + size};
    switch (i.tag()) {
    case 0: {
        count n = i.number();
        answer.at = i.take(n);
        answer.end = i.at;
        if (i.at != i.end) changed = i;
        return;
    }
    case 1: raise(i);
    default:
        i.items("an end");
        std::string verdict = text_of(i);
        throw stopped{verdict, text_of(i), ""};
    }
}

/// A text of the program as it was before its sizes were made 64 bits long.
static std::string as_written(const char* text) {
    static const char* const words[][2] = {{"__l8", "long"}, {"__s8_t", "size_t"}, {"__s8()", "size()"}, {"__len8()", "length()"}};
    std::string all = text;
    for (auto& [wide, own] : words)
        for (std::size_t at; (at = all.find(wide)) != std::string::npos;) all.replace(at, std::strlen(wide), own);
    return all;
}

static void told(const char* text, const std::string& verdict, const std::string& message, const std::string& type, int line) {
    ++checks;
    std::string name = as_written(text);
    out o;
    o.tag('t');
    o.number(5);
    o.string(name.data(), name.size());
    o.string(verdict.data(), verdict.size());
    o.string(message.data(), message.size());
    o.string(type.data(), type.size());
    o.integer(line);
    __falcon_import_check(o.data, o.size);
}

void check(bool held, const char* text, int line) {
    told(text, held ? "passed" : "failed", held ? "" : "the check does not hold: " + as_written(text), held ? "" : "assert", line);
}

void check_raised(const char* text, int line) {
    try {
        throw;
    } catch (const stopped& s) {
        told(text, s.verdict, s.message, s.type, line);
    } catch (const not_plain& e) {
        told(text, "infrastructure", "the tests pass a value of type " + std::string(e.type, e.length) + ", which is not plain data", "", line);
    } catch (const wrong& e) {
        told(text, "failed", std::string("the program returned something else than ") + e.wanted, "TypeError", line);
    } catch (...) {
        out o;
        caught(o);
        in i{o.data, o.data + o.size};
        i.items("");
        unsigned n = i.items("");
        std::string type = n ? text_of(i) : "";
        for (unsigned k = 1; k < n; ++k) text_of(i);
        told(text, "runtime-error", "the program raised " + type + ": " + text_of(i), type, line);
    }
}

} // namespace __falcon

using namespace __falcon;

extern "C" void __falcon_check(int held, const char* text, int line) { check(held != 0, text, line); }

extern "C" __attribute__((export_name("_initialize"))) void _initialize() { begin(); }

/// Behind `main`, and behind `exit` in its place.
static void ended() {
    if (checks == 0 && __falcon_asserts > 0)
        told("tests", "failed", "the test program ended before any of its checks", "", 0);
    else if (checks == 0)
        told("tests", "passed", "", "", 0);
}

extern "C" __attribute__((export_name("falcon_run"))) void falcon_run() {
    std::atexit(ended);
    try {
        __wasm_call_ctors();
        if (int code = __falcon_tests ? __falcon_tests() : __main_void())
            told("main", "failed", "the test program's main returned " + std::to_string(code), "", 0);
    } catch (...) {
        check_raised("tests", 0);
    }
    ended();
    fflush(nullptr);
}
