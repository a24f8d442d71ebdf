// What crosses between an instance and the host: bytes, and the plain data in them.
//
// Included before the program, so it must bring nothing in that the program did not ask for: it declares
// only reserved names, and finds the library's types by their shape.
#pragma once

/// What stands for `size_t` in programs.
using __s8_t = unsigned long long;
namespace std { using ::__s8_t; }

namespace __falcon {

/// `size ->* wide{}` is a size of 64 bits, and leaves what is no size as it is.
struct wide {};
constexpr unsigned long long operator->*(__SIZE_TYPE__ size, wide) { return size; }
template <class T> constexpr T operator->*(T other, wide) { return other; }

using byte = unsigned char;
using count = __SIZE_TYPE__;

/// Bytes that grow.
struct out {
    byte* data = nullptr;
    count size = 0;
    count room = 0;
    out() = default;
    out(const out&) = delete;
    ~out();
    void put(const void* from, count n);
    void tag(char c) { put(&c, 1); }
    void number(unsigned n) { put(&n, 4); }
    void sized(char tag, const void* from, count n);
    void text(const char* from);
    /// UTF-8 is text, anything else bytes.
    void string(const char* from, count n);
    void integer(__int128 value);
    void real(double value);
    /// Room for a count that is known later.
    count hole();
    void fill(count at, unsigned n);
};

/// What a value was not.
struct wrong {
    const char* wanted;
};

/// Bytes that are read. What does not fit throws `wrong`.
struct in {
    const byte* at;
    const byte* end;
    char peek() const;
    char tag();
    unsigned number();
    const byte* take(count n);
    /// One text or bytes value.
    const char* string(count& n);
    __int128 integer(const char* wanted);
    double real(const char* wanted);
    /// The count of a list, tuple or set.
    unsigned items(const char* wanted);
    /// The count of a dict.
    unsigned pairs(const char* wanted);
    void skip();
};

/// A value that cannot cross, by the name of its type.
struct not_plain {
    const char* type;
    count length;
};

/// A call with another number of arguments than the function has.
struct arguments {
    count wanted, given;
};

/// The name of a type, as it is written.
template <class T>
[[noreturn]] void refuse() {
    const char* all = __PRETTY_FUNCTION__;
    const char* from = all;
    while (*from != '=') ++from;
    from += 2;
    const char* to = from;
    while (*to) ++to;
    throw not_plain{from, count(to - from - 1)};
}

template <count... I> struct sequence {};
template <class T, T... I> struct sequence_of { using type = sequence<I...>; };
template <count N> using make_sequence = typename __make_integer_seq<sequence_of, count, N>::type;

template <count N, class F, class... R> struct nth_of { using type = typename nth_of<N - 1, R...>::type; };
template <class F, class... R> struct nth_of<0, F, R...> { using type = F; };
template <count N, class... P> using nth = typename nth_of<N, P...>::type;

template <class A, class B> inline constexpr bool same = __is_same(A, B);
template <class T> using bare = __remove_cvref(T);
template <class T> using bare_pointee = __remove_cv(__remove_pointer(T));

} // namespace __falcon
