// What every module is linked with: how it starts, how errors that end it are told to the host, and what
// the headers in falcon/ leave to compiled code.
#include <cxxabi.h>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <typeinfo>
#include <any>
#include <functional>
#include <optional>
#include <variant>

#include <falcon/wire.hpp>
#include "runtime.hpp"

namespace __falcon {

out::~out() { free(data); }

void out::put(const void* from, count n) {
    if (room - size < n) {
        count wanted = (size + n) * 2 + 64;
        auto* grown = static_cast<byte*>(realloc(data, wanted));
        if (!grown) throw std::bad_alloc();
        data = grown;
        room = wanted;
    }
    if (n) __builtin_memcpy(data + size, from, n);
    size += n;
}

void out::sized(char t, const void* from, count n) {
    tag(t);
    number(n);
    put(from, n);
}

void out::text(const char* from) {
    if (from) string(from, __builtin_strlen(from));
    else tag('N');
}

/// The length of the UTF-8 sequence here; 0 where there is none.
static count sequence_at(const byte* s, count left) {
    if (s[0] < 0x80) return 1;
    auto rest = [&](count n) {
        if (left < n) return false;
        for (count k = 1; k < n; ++k) if ((s[k] & 0xc0) != 0x80) return false;
        return true;
    };
    if (s[0] >= 0xc2 && s[0] <= 0xdf) return rest(2) ? 2 : 0;
    if (s[0] >= 0xe0 && s[0] <= 0xef) return rest(3) && !(s[0] == 0xe0 && s[1] < 0xa0) && !(s[0] == 0xed && s[1] > 0x9f) ? 3 : 0;
    if (s[0] >= 0xf0 && s[0] <= 0xf4) return rest(4) && !(s[0] == 0xf0 && s[1] < 0x90) && !(s[0] == 0xf4 && s[1] > 0x8f) ? 4 : 0;
    return 0;
}

void out::string(const char* from, count n) {
    auto* s = reinterpret_cast<const byte*>(from);
    char kind = 's';
    for (count k = 0; k < n;) {
        count length = sequence_at(s + k, n - k);
        if (!length) { kind = 'b'; break; }
        k += length;
    }
    sized(kind, from, n);
}

void out::integer(__int128 value) {
    long long small = static_cast<long long>(value);
    if (small == value) {
        tag('i');
        put(&small, 8);
        return;
    }
    byte all[16];
    __builtin_memcpy(all, &value, 16);
    count n = 16;
    while (n > 9 && ((all[n - 1] == 0 && !(all[n - 2] & 0x80)) || (all[n - 1] == 0xff && (all[n - 2] & 0x80)))) --n;
    sized('I', all, n);
}

void out::real(double value) {
    tag('f');
    put(&value, 8);
}

count out::hole() {
    number(0);
    return size - 4;
}

void out::fill(count at, unsigned n) { __builtin_memcpy(data + at, &n, 4); }

char in::peek() const {
    if (at == end) throw wrong{"a value"};
    return static_cast<char>(*at);
}

char in::tag() {
    char t = peek();
    ++at;
    return t;
}

const byte* in::take(count n) {
    if (static_cast<count>(end - at) < n) throw wrong{"a whole value"};
    auto* here = at;
    at += n;
    return here;
}

unsigned in::number() {
    unsigned n;
    __builtin_memcpy(&n, take(4), 4);
    return n;
}

const char* in::string(count& n) {
    char t = peek();
    if (t != 's' && t != 'b') throw wrong{"a text"};
    ++at;
    n = number();
    return reinterpret_cast<const char*>(take(n));
}

__int128 in::integer(const char* wanted) {
    char t = tag();
    if (t == 'T') return 1;
    if (t == 'F') return 0;
    if (t == 'i') {
        long long v;
        __builtin_memcpy(&v, take(8), 8);
        return v;
    }
    if (t == 'I') {
        count n = number();
        auto* bytes = take(n);
        if (n > 16 || n == 0) throw wrong{"an integer that fits"};
        __int128 v = (bytes[n - 1] & 0x80) ? -1 : 0;
        __builtin_memcpy(&v, bytes, n);
        return v;
    }
    throw wrong{wanted};
}

double in::real(const char* wanted) {
    if (peek() != 'f') return static_cast<double>(integer(wanted));
    ++at;
    double v;
    __builtin_memcpy(&v, take(8), 8);
    return v;
}

unsigned in::items(const char* wanted) {
    char t = tag();
    if (t != 'l' && t != 't' && t != 'S' && t != 'Z') throw wrong{wanted};
    return number();
}

unsigned in::pairs(const char* wanted) {
    if (tag() != 'd') throw wrong{wanted};
    return number();
}

void in::skip() {
    switch (tag()) {
    case 'N': case 'T': case 'F': return;
    case 'i': case 'f': take(8); return;
    case 'c': take(16); return;
    case 'I': case 's': case 'b': take(number()); return;
    case 'l': case 't': case 'S': case 'Z': for (unsigned n = number(); n; --n) skip(); return;
    case 'd': for (unsigned n = number(); n; --n) { skip(); skip(); } return;
    case 'K': take(number()); skip(); return;
    default: throw wrong{"a value of a known kind"};
    }
}

// -- exceptions ------------------------------------------------------------------------------------------

static std::string plain_name(const std::type_info& type) {
    int status = 0;
    char* raw = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
    std::string name = status == 0 ? raw : type.name();
    free(raw);
    for (const char* inner : {"__1::"})
        for (std::string::size_type at; (at = name.find(inner)) != std::string::npos;) name.erase(at, std::strlen(inner));
    return name;
}

template <class E> static void base(const std::exception& e, const char* name, std::string types[], unsigned& n) {
    if (n < 16 && dynamic_cast<const E*>(&e) && types[0] != name) types[n++] = name;
}

/// The classes of a standard exception, most derived first. No memory is a `MemoryError`, as in every language.
static unsigned classes(const std::exception& e, std::string types[]) {
    unsigned n = 0;
    if (dynamic_cast<const std::bad_alloc*>(&e) && !dynamic_cast<const std::bad_array_new_length*>(&e)) {
        types[n++] = "MemoryError";
        types[n++] = "std::bad_alloc";
    } else {
        types[n++] = plain_name(typeid(e));
    }
#define FALCON_BASE(name) base<name>(e, #name, types, n);
    FALCON_BASE(std::invalid_argument) FALCON_BASE(std::domain_error) FALCON_BASE(std::length_error)
    FALCON_BASE(std::out_of_range) FALCON_BASE(std::logic_error) FALCON_BASE(std::range_error)
    FALCON_BASE(std::overflow_error) FALCON_BASE(std::underflow_error) FALCON_BASE(std::system_error)
    FALCON_BASE(std::runtime_error) FALCON_BASE(std::bad_array_new_length) FALCON_BASE(std::bad_cast)
    FALCON_BASE(std::bad_typeid) FALCON_BASE(std::bad_function_call) FALCON_BASE(std::bad_optional_access)
    FALCON_BASE(std::bad_variant_access) FALCON_BASE(std::exception)
#undef FALCON_BASE
    return n;
}

static void put_raised(out& o, const std::string types[], unsigned n, const char* message, count length, bool plain) {
    o.tag('t');
    o.number(3);
    o.tag('l');
    o.number(n);
    for (unsigned k = 0; k < n; ++k) o.string(types[k].data(), types[k].size());
    o.string(message, length);
    o.tag(plain ? 'F' : 'T');
}

void caught(out& o) {
    std::string types[17];
    auto tell = [&](const char* type, const std::string& message, bool plain = true) {
        types[0] = type;
        put_raised(o, types, 1, message.data(), message.size(), plain);
    };
    try {
        throw;
    } catch (const std::exception& e) {
        unsigned n = classes(e, types);
        const char* what = e.what();
        put_raised(o, types, n, what, __builtin_strlen(what), true);
    } catch (const not_plain& e) {
        tell("TypeError", "returned a value of type " + std::string(e.type, e.length), false);
    } catch (const wrong& e) {
        tell("TypeError", std::string("was given something else than ") + e.wanted);
    } catch (const arguments& e) {
        tell("TypeError", "takes " + std::to_string(e.wanted) + " arguments and was given " + std::to_string(e.given));
    } catch (const char* e) {
        tell("const char*", e ? e : "");
    } catch (const std::string& e) {
        tell("std::string", e);
    } catch (int e) {
        tell("int", std::to_string(e));
    } catch (...) {
        auto* type = abi::__cxa_current_exception_type();
        tell(type ? plain_name(*type).c_str() : "exception", "");
    }
}

// -- ends ------------------------------------------------------------------------------------------------

void end(const char* kind, const char* message, const char* file, unsigned line, unsigned column) {
    out o;
    std::string types[1] = {kind};
    put_raised(o, types, 1, message, __builtin_strlen(message), true);
    bool own = file && std::strcmp(file, "program") == 0;
    __falcon_import_fault(o.data, o.size, own ? line : 0, own ? column : 0);
    __builtin_trap();
}

void end_uncaught() {
    out o;
    caught(o);
    in told{o.data, o.data + o.size};
    told.items("");
    unsigned n = told.items("");
    count length;
    const char* type = n ? told.string(length) : "";
    std::fflush(stdout);
    std::fprintf(stderr, "terminate called after throwing an instance of '%.*s'\n", static_cast<int>(length), type);
    __falcon_import_fault(o.data, o.size, 0, 0);
    __builtin_trap();
}

[[noreturn]] static void terminated() {
    if (std::current_exception()) end_uncaught();
    end("std::terminate", "the program was terminated", nullptr, 0, 0);
    __builtin_unreachable();
}

void begin() { std::set_terminate(terminated); }

} // namespace __falcon

extern "C" {

_Noreturn void abort() {
    __falcon::end("abort", "the program called abort", nullptr, 0, 0);
    __builtin_unreachable();
}

void __assert_fail(const char* text, const char* file, int line, const char* function) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s:%d: %s: Assertion `%s' failed.\n", file, line, function ? function : "", text);
    std::string message = std::string("assertion `") + text + "' failed";
    __falcon::end("assertion", message.c_str(), file, line, 0);
    __builtin_unreachable();
}

[[noreturn]] void __falcon_hardening(const char* message) {
    // "file:line: assertion TEXT failed: WHY"
    const char* why = std::strstr(message, " failed: ");
    std::string said = why ? why + 9 : message;
    while (!said.empty() && said.back() == '\n') said.pop_back();
    __falcon::end("undefined behaviour", said.c_str(), nullptr, 0, 0);
    __builtin_unreachable();
}

// The checks of -fsanitize, which know their places.

struct place {
    const char* file;
    unsigned line, column;
};
struct mismatch {
    place at;
    const void* type;
    unsigned char align, kind;
};

[[noreturn]] static void undefined(const place* at, const char* kind, const char* message) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s:%u:%u: runtime error: %s\n", at->file ? at->file : "", at->line, at->column, message);
    __falcon::end(kind, message, at->file, at->line, at->column);
    __builtin_unreachable();
}

void __ubsan_handle_divrem_overflow_abort(const place* at, void*, void*) { undefined(at, "division", "division by zero, or one whose result does not fit"); }
void __ubsan_handle_type_mismatch_v1_abort(const mismatch* data, void*) { undefined(&data->at, "null pointer", "use of a null pointer"); }
void __ubsan_handle_out_of_bounds_abort(const place* at, void*) { undefined(at, "out of bounds", "index out of bounds"); }
void __ubsan_handle_missing_return(const place* at) { undefined(at, "missing return", "the end of a function that returns a value was reached without one"); }
void __ubsan_handle_builtin_unreachable(const place* at) { undefined(at, "unreachable", "code that was said never to run was reached"); }
void __ubsan_handle_vla_bound_not_positive_abort(const place* at, void*) { undefined(at, "out of bounds", "an array of no positive length"); }
}
