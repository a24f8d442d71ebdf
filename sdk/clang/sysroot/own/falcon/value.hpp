// C++ values as plain data and back, by templates. Types are known by their shape: wire.hpp says why.
#pragma once
#include <__fwd/string.h>
#include <__fwd/map.h>
#include <__fwd/tuple.h>
#include <__fwd/variant.h>
#include <__fwd/vector.h>

#include "wire.hpp"

_LIBCPP_BEGIN_NAMESPACE_STD
struct monostate;
struct nullopt_t;
_LIBCPP_END_NAMESPACE_STD

namespace __falcon {

template <class T> inline constexpr bool is_tuple = false;
template <class... P> inline constexpr bool is_tuple<std::tuple<P...>> = true;
template <class T> inline constexpr bool is_variant = false;
template <class... P> inline constexpr bool is_variant<std::variant<P...>> = true;
/// How many members a tuple, or alternatives a variant, has.
template <class T> inline constexpr count parts = 0;
template <class... P> inline constexpr count parts<std::tuple<P...>> = sizeof...(P);
template <class... P> inline constexpr count parts<std::variant<P...>> = sizeof...(P);

template <class T> concept integral = __is_integral(T);
template <class T> concept floating = __is_floating_point(T);
template <class T> concept pointer = __is_pointer(T);
template <class T> concept textual = requires(const T& t) {
    requires same<bare<decltype(*t.data())>, char>;
    t.find_first_not_of(' ');
};
template <class T> concept range = requires(const T& t) { t.begin() != t.end(); *t.begin(); };
template <class T> concept mapping = range<T> && requires { typename T::mapped_type; typename T::key_type; };
template <class T> concept keyed = range<T> && !mapping<T> && requires { typename T::key_type; };
template <class T> concept couple = requires(T& t) { t.first; t.second; typename T::second_type; };
template <class T> concept maybe = requires(T& t) { t.has_value(); *t; t.reset(); };
template <class T> concept anything = requires(T& t) { t.has_value(); t.type(); t.reset(); } && !maybe<T>;
template <class T> concept grows = requires(T& t) { t.push_back(*t.begin()); } || requires(T& t) { t.insert(*t.begin()); };
template <class T> concept backwards = !grows<T> && requires(T& t) { t.push_front(*t.begin()); t.reverse(); };
template <class T> concept fixed = range<T> && !grows<T> && !backwards<T>;
template <class T> concept imaginary = requires(const T& t) { t.real(); t.imag(); typename T::value_type; };
/// A type with one value.
template <class T> concept unit = same<T, decltype(nullptr)> || same<T, std::monostate> || same<T, std::nullopt_t>;

template <class T> void put(out& o, const T& v);
template <class T> T get(in& i);

// -- aggregates: a tuple of their members --------------------------------------------------------------

struct whatever {
    template <class T> operator T() const;
};
template <class T, class... M> consteval int members() {
    if constexpr (sizeof...(M) > 8) return -1;
    else if constexpr (requires { T{M{}..., whatever{}}; }) return members<T, M..., whatever>();
    else return sizeof...(M);
}
template <class T> concept aggregate = __is_class(T) && __is_aggregate(T) && !range<T> && members<T>() > 0;

template <class T, class F> decltype(auto) with_members(T& v, F f) {
    constexpr int n = members<bare<T>>();
    if constexpr (n == 1) { auto& [a] = v; return f(a); }
    else if constexpr (n == 2) { auto& [a, b] = v; return f(a, b); }
    else if constexpr (n == 3) { auto& [a, b, c] = v; return f(a, b, c); }
    else if constexpr (n == 4) { auto& [a, b, c, d] = v; return f(a, b, c, d); }
    else if constexpr (n == 5) { auto& [a, b, c, d, e] = v; return f(a, b, c, d, e); }
    else if constexpr (n == 6) { auto& [a, b, c, d, e, g] = v; return f(a, b, c, d, e, g); }
    else if constexpr (n == 7) { auto& [a, b, c, d, e, g, h] = v; return f(a, b, c, d, e, g, h); }
    else { auto& [a, b, c, d, e, g, h, i] = v; return f(a, b, c, d, e, g, h, i); }
}

// -- std::any: the type's name beside the value --------------------------------------------------------

/// A few types by a word each, and lists and maps of them.
template <class T> struct any_kind { static constexpr const char* word = nullptr; };
#define __FALCON_ANY(type) \
    template <> struct any_kind<type> { \
        static constexpr const char* word = #type; \
        static char* name(char* to) { return __builtin_strcpy(to, word) + __builtin_strlen(word); } \
    };
__FALCON_ANY(bool)
__FALCON_ANY(char)
__FALCON_ANY(int)
__FALCON_ANY(unsigned)
__FALCON_ANY(long)
__FALCON_ANY(unsigned long)
__FALCON_ANY(long long)
__FALCON_ANY(unsigned long long)
__FALCON_ANY(float)
__FALCON_ANY(double)
__FALCON_ANY(const char*)
__FALCON_ANY(std::string)
#undef __FALCON_ANY
template <class T> struct any_kind<std::vector<T>> {
    static char* name(char* to) { return any_kind<T>::name(__builtin_strcpy(to, "list of ") + 8); }
};
template <class K, class V> struct any_kind<std::map<K, V>> {
    static char* name(char* to) {
        to = any_kind<K>::name(__builtin_strcpy(to, "map of ") + 7);
        return any_kind<V>::name(__builtin_strcpy(to, " to ") + 4);
    }
};

/// Whether the program knows more of a type than that there is one.
template <class T> concept known = requires { sizeof(T); };

template <class... C> struct any_of {
    template <class T> static void write(out& o, const T& v) {
        if (!v.has_value()) return o.tag('N');
        if (!(one<C>(o, v) || ...)) refuse<T>();
    }
    template <class T> static T read(in& i) {
        if (i.peek() == 'N') { i.skip(); return T{}; }
        if (i.tag() != 'K') throw wrong{"std::any"};
        count n = i.number();
        const char* name = reinterpret_cast<const char*>(i.take(n));
        T made;
        if (!(made_of<C>(i, name, n, made) || ...)) throw wrong{"std::any"};
        return made;
    }

private:
    template <class K> static count named(char* to) {
        return any_kind<K>::name(__builtin_strcpy(to, "any:") + 4) - to;
    }
    template <class K, class T> static bool one(out& o, const T& v) {
        if constexpr (known<K>) {
            auto* held = any_cast<K>(&v);
            if (!held) return false;
            char name[64];
            o.sized('K', name, named<K>(name));
            put(o, *held);
            return true;
        }
        return false;
    }
    template <class K, class T> static bool made_of(in& i, const char* from, count n, T& to) {
        if constexpr (known<K>) {
            char name[64];
            if (n != named<K>(name) || __builtin_memcmp(from, name, n) != 0) return false;
            to = get<K>(i);
            return true;
        }
        return false;
    }
};
using any_kinds = any_of<
    bool, char, int, unsigned, long, unsigned long, long long, unsigned long long, float, double, const char*, std::string,
    std::vector<bool>, std::vector<char>, std::vector<int>, std::vector<long>, std::vector<long long>, std::vector<float>,
    std::vector<double>, std::vector<std::string>, std::map<int, int>, std::map<long, long>,
    std::map<long long, long long>, std::map<std::string, int>, std::map<std::string, long>,
    std::map<std::string, long long>, std::map<std::string, std::string>>;

// -- out -----------------------------------------------------------------------------------------------

template <class T> void put_items(out& o, char tag, const T& v) {
    o.tag(tag);
    count at = o.hole();
    unsigned n = 0;
    for (const auto& item : v) {
        // What stands for a bit of a std::vector<bool> is no bool itself.
        if constexpr (requires { typename T::value_type; }) put<typename T::value_type>(o, item);
        else put(o, item);
        ++n;
    }
    o.fill(at, n);
}

template <class T, count... I> void put_tuple(out& o, const T& v, sequence<I...>) {
    o.tag('t');
    o.number(sizeof...(I));
    (put(o, get<I>(v)), ...);
}

template <class T, count I = 0> void put_variant(out& o, const T& v) {
    if constexpr (I < parts<T>) {
        if (v.index() == I) return put(o, get<I>(v));
        put_variant<T, I + 1>(o, v);
    } else refuse<T>();
}

template <class T> void put(out& o, const T& v) {
    if constexpr (same<T, bool>) o.tag(v ? 'T' : 'F');
    else if constexpr (same<T, char>) { if (v & 0x80) o.integer(v); else o.string(&v, 1); }
    else if constexpr (integral<T>) o.integer(v);
    else if constexpr (__is_enum(T)) o.integer(static_cast<__underlying_type(T)>(v));
    else if constexpr (floating<T>) o.real(static_cast<double>(v));
    else if constexpr (pointer<T> && same<bare_pointee<T>, char>) o.text(v);
    else if constexpr (unit<T>) o.tag('N');
    else if constexpr (textual<T>) o.string(v.data(), v.size());
    else if constexpr (is_variant<T>) put_variant(o, v);
    else if constexpr (anything<T>) any_kinds::write(o, v);
    else if constexpr (maybe<T>) { if (v.has_value()) put(o, *v); else o.tag('N'); }
    else if constexpr (mapping<T>) {
        o.tag('d');
        count at = o.hole();
        unsigned n = 0;
        for (const auto& item : v) {
            put(o, item.first);
            put(o, item.second);
            ++n;
        }
        o.fill(at, n);
    }
    else if constexpr (keyed<T>) put_items(o, 'S', v);
    else if constexpr (range<T>) put_items(o, 'l', v);
    else if constexpr (couple<T>) { o.tag('t'); o.number(2); put(o, v.first); put(o, v.second); }
    else if constexpr (is_tuple<T>) put_tuple(o, v, make_sequence<parts<T>>{});
    else if constexpr (imaginary<T>) { o.tag('c'); double parts[2] = {v.real(), v.imag()}; o.put(parts, 16); }
    else if constexpr (aggregate<T>) {
        o.tag('t');
        o.number(members<T>());
        with_members(v, [&o](auto&... m) { (put(o, bare<decltype(m)>(m)), ...); });
    }
    else refuse<T>();
}

// -- in ------------------------------------------------------------------------------------------------

template <class T> T get_integer(in& i) {
    if constexpr (same<T, char>) {
        if (i.peek() == 's') {
            count n;
            const char* text = i.string(n);
            if (n != 1) throw wrong{"a character"};
            return *text;
        }
    }
    __int128 v = i.integer("an integer");
    if (static_cast<__int128>(static_cast<T>(v)) != v) throw wrong{"an integer that fits"};
    return static_cast<T>(v);
}

/// Whether a value with this tag may be one of the type; keeps `double` from taking integers.
template <class A> bool suits(char tag) {
    if constexpr (same<A, bool>) return tag == 'T' || tag == 'F';
    else if constexpr (integral<A>) return tag == 'i' || tag == 'I';
    else if constexpr (floating<A>) return tag == 'f';
    else if constexpr (unit<A>) return tag == 'N';
    else if constexpr (textual<A>) return tag == 's' || tag == 'b';
    else if constexpr (mapping<A>) return tag == 'd';
    else return tag != 'N' || maybe<A> || pointer<A>;
}

/// The first alternative that the value fits.
template <class T, class A, class... R> T get_variant(in& i) {
    in start = i;
    if constexpr (sizeof...(R) == 0) return T(get<A>(i));
    else {
        try {
            if (suits<A>(i.peek())) return T(get<A>(i));
        } catch (const wrong&) {
        }
        i = start;
        return get_variant<T, R...>(i);
    }
}

template <class T> struct variant_of;
template <class... P> struct variant_of<std::variant<P...>> {
    static std::variant<P...> read(in& i) { return get_variant<std::variant<P...>, P...>(i); }
};

template <class T> struct tuple_of;
template <class... P> struct tuple_of<std::tuple<P...>> {
    static std::tuple<P...> read(in& i) {
        if (i.items("a tuple") != sizeof...(P)) throw wrong{"a tuple of another length"};
        return std::tuple<P...>{get<P>(i)...};
    }
};

template <class T> void add(T& to, count at, auto&& item) {
    if constexpr (requires { to.push_back(static_cast<decltype(item)>(item)); }) to.push_back(static_cast<decltype(item)>(item));
    else if constexpr (requires { to.insert(static_cast<decltype(item)>(item)); }) to.insert(static_cast<decltype(item)>(item));
    else if constexpr (requires { to[at] = item; }) {
        if (at >= to.size()) throw wrong{"an array of another length"};
        to[at] = static_cast<decltype(item)>(item);
    }
    else if constexpr (requires { to.push_front(item); }) to.push_front(item);
    else refuse<T>();
}

template <class T> T get_range(in& i) {
    T made{};
    unsigned n = i.items("a list");
    for (unsigned k = 0; k < n; ++k) add(made, k, get<typename T::value_type>(i));
    if constexpr (fixed<T>)
        if (n != made.size()) throw wrong{"an array of another length"};
    if constexpr (backwards<T>) made.reverse();
    return made;
}

template <class T> T get_aggregate(in& i) {
    T made{};
    if (i.items("a tuple") != members<T>()) throw wrong{"a structure with other members"};
    with_members(made, [&i](auto&... m) { ((m = get<bare<decltype(m)>>(i)), ...); });
    return made;
}

template <class T> T get(in& i) {
    if constexpr (same<T, bool>) return i.integer("a truth value") != 0;
    else if constexpr (integral<T>) return get_integer<T>(i);
    else if constexpr (__is_enum(T)) return static_cast<T>(get_integer<__underlying_type(T)>(i));
    else if constexpr (floating<T>) return static_cast<T>(i.real("a number"));
    else if constexpr (same<T, const char*> || same<T, char*>) {
        if (i.peek() == 'N') { i.skip(); return nullptr; }
        count n;
        const char* text = i.string(n);
        char* copy = static_cast<char*>(__builtin_malloc(n + 1));
        if (!copy) throw wrong{"a text that memory has room for"};
        __builtin_memcpy(copy, text, n);
        copy[n] = 0;
        return copy;
    }
    else if constexpr (unit<T>) { i.skip(); return T{}; }
    else if constexpr (textual<T>) { count n; const char* text = i.string(n); return T(text, n); }
    else if constexpr (is_variant<T>) return variant_of<T>::read(i);
    else if constexpr (anything<T>) return any_kinds::read<T>(i);
    else if constexpr (maybe<T>) {
        if (i.peek() == 'N') { i.skip(); return T{}; }
        return T(get<typename T::value_type>(i));
    }
    else if constexpr (mapping<T>) {
        T made{};
        unsigned n = i.pairs("a map");
        for (unsigned k = 0; k < n; ++k) {
            auto key = get<typename T::key_type>(i);
            made.insert(typename T::value_type(key, get<typename T::mapped_type>(i)));
        }
        return made;
    }
    else if constexpr (range<T>) return get_range<T>(i);
    else if constexpr (couple<T>) {
        if (i.items("a pair") != 2) throw wrong{"a pair"};
        auto first = get<bare<typename T::first_type>>(i);
        return T(first, get<typename T::second_type>(i));
    }
    else if constexpr (is_tuple<T>) return tuple_of<T>::read(i);
    else if constexpr (imaginary<T>) { double re = i.real("a number"); return T(re, i.real("a number")); }
    else if constexpr (aggregate<T>) return get_aggregate<T>(i);
    else refuse<T>();
}

} // namespace __falcon
