// The test side: the program's functions are remote, and each `assert` is a check of its own.
#pragma once
#include "value.hpp"

namespace __falcon {

/// Asks the host to have the function called. What comes back is read from `answer`, whose bytes stay until
/// the next call. Raises what the program raised.
void perform(const char* name, out& arguments, in& answer, in& changed);

/// Adds one check to the test outcomes.
void check(bool held, const char* text, int line);
/// Adds what the exception that is being handled makes of a check.
void check_raised(const char* text, int line);

extern int checks;

template <class F> inline void checked(F holds, const char* text, int line) {
    try {
        check(holds(), text, line);
    } catch (...) {
        check_raised(text, line);
    }
}

template <class T> inline constexpr bool counts = __is_integral(T) && !same<T, bool> && !same<T, char>;

/// How one argument goes and, where the program may change it, comes back.
template <class P> struct passed {
    static constexpr bool changes = __is_lvalue_reference(P) && !__is_const(__remove_reference_t(P));
    static void go(out& o, const bare<P>& v, count) { put(o, v); }
    static void back(in& i, bare<P>& v, count) {
        if constexpr (changes) v = get<bare<P>>(i);
        else i.skip();
    }
};

/// A pointer: texts end with a zero; the integer parameter behind it says how long an array is; one value else.
template <class T> struct passed<T*> {
    static constexpr bool changes = !__is_const(T);
    using item = __remove_cv(T);
    static void go(out& o, T* v, count n) {
        if constexpr (same<item, char>) o.text(v);
        else if constexpr (__is_void(item) || __is_function(item)) refuse<T*>();
        else if (!v) o.tag('N');
        else if (n == count(-1)) put<item>(o, *v);
        else {
            o.tag('l');
            o.number(n);
            for (count k = 0; k < n; ++k) put<item>(o, v[k]);
        }
    }
    static void back(in& i, T* v, count n) {
        if constexpr (!changes) i.skip();
        else if (!v || i.peek() == 'N') i.skip();
        else if constexpr (same<item, char>) {
            count size;
            const char* text = i.string(size);
            if (size > __builtin_strlen(v)) throw wrong{"a text that fits where it was"};
            __builtin_memcpy(v, text, size);
            v[size] = 0;
        }
        else if (n == count(-1)) *v = get<item>(i);
        else {
            if (i.items("a list") != n) throw wrong{"a list as long as it was"};
            for (count k = 0; k < n; ++k) v[k] = get<item>(i);
        }
    }
};

template <class Name, class F> struct remote;
template <class Name, class R, class... P> struct remote<Name, R (*)(P...)> {
    static R call(P... arguments) {
        out o;
        o.tag('t');
        o.number(2);
        o.tag('l');
        o.number(sizeof...(P));
        count lengths[] = {count(arguments_length(arguments))..., count(-1)};
        count k = 0;
        ((go<P>(o, arguments, lengths, k)), ...);
        o.tag('d');
        o.number(0);
        in answer{}, changed{};
        perform(Name::text, o, answer, changed);
        if constexpr ((passed<P>::changes || ... || false)) {
            if (changed.at) {
                changed.items("a pair of arguments");
                changed.items("a list of arguments");
                k = 0;
                ((back<P>(changed, arguments, lengths, k)), ...);
            }
        }
        if constexpr (!__is_void(R)) return get<bare<R>>(answer);
    }

private:
    template <class T> static __INT64_TYPE__ arguments_length(const T& v) {
        if constexpr (counts<T>) return static_cast<__INT64_TYPE__>(v);
        else return -1;
    }
    template <class A, class V> static void go(out& o, V& v, const count* lengths, count& k) {
        passed<A>::go(o, v, lengths[++k]);
    }
    template <class A, class V> static void back(in& i, V& v, const count* lengths, count& k) {
        passed<A>::back(i, v, lengths[++k]);
    }
};
template <class Name, class R, class... P> struct remote<Name, R (*)(P...) noexcept> : remote<Name, R (*)(P...)> {};

} // namespace __falcon

#define FALCON_REMOTE(name)                                           \
    namespace __falcon {                                              \
    struct remote_##name { static constexpr const char* text = #name; }; \
    using shape_##name = decltype(&::name);                           \
    }
