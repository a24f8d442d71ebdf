// The candidate side: the program's functions, called by name with plain data.
#pragma once
#include "value.hpp"

namespace __falcon {

/// One function of the program. Made by FALCON_FUNCTION, found by `falcon_perform`.
struct function {
    const char* name;
    void (*call)(in& arguments, out& reply);
    function* next;
    function(const char* name, void (*call)(in&, out&));
};

/// What a parameter is given: a value of its own type, kept for as long as the call takes.
template <class P> struct given {
    static constexpr bool changes = __is_lvalue_reference(P) && !__is_const(__remove_reference_t(P));
    bare<P> value;
    explicit given(in& i) : value(get<bare<P>>(i)) {}
    P&& pass() { return static_cast<P&&>(value); }
    void after(out& o) { put(o, value); }
};

/// A pointer: an array where a list comes, one value else.
template <class T> struct given<T*> {
    static constexpr bool changes = !__is_const(T);
    using item = __remove_cv(T);
    item* value = nullptr;
    count size = 0;
    bool array = false;
    explicit given(in& i) {
        if constexpr (same<item, char>) {
            value = get<char*>(i);
        } else if constexpr (__is_void(item) || __is_function(item)) {
            refuse<T*>();
        } else if (i.peek() == 'N') {
            i.skip();
        } else {
            array = i.peek() == 'l' || i.peek() == 't';
            size = array ? i.items("a list") : 1;
            value = new item[size + 1]();
            for (count k = 0; k < size; ++k) value[k] = get<item>(i);
        }
    }
    T* pass() { return value; }
    void after(out& o) {
        if constexpr (same<item, char>) o.text(value);
        else if (!value) o.tag('N');
        else if (!array) put(o, *value);
        else {
            o.tag('l');
            o.number(size);
            for (count k = 0; k < size; ++k) put(o, value[k]);
        }
    }
};

/// What came in for one parameter, as it came.
struct came {
    const byte* from;
    const byte* to;
};

template <class R, class... P> struct caller {
    R (*f)(P...);
    static constexpr bool changes = (given<P>::changes || ... || false);

    void call(in& i, out& reply) {
        if (i.items("a pair of arguments") != 2) throw wrong{"a pair of arguments"};
        unsigned n = i.items("a list of arguments");
        if (n != sizeof...(P)) throw arguments{sizeof...(P), n};
        gather(i, reply, make_sequence<0>{});
    }

private:
    template <count... I, class... G> void gather(in& i, out& reply, sequence<I...>, G&... done) {
        if constexpr (sizeof...(G) == sizeof...(P)) finish(reply, done...);
        else {
            struct kept : given<nth<sizeof...(G), P...>> {
                came bytes;
                kept(in& i, const byte* from) : given<nth<sizeof...(G), P...>>(i), bytes{from, i.at} {}
            } next(i, i.at);
            gather(i, reply, sequence<>{}, done..., next);
        }
    }

    template <class... G> void finish(out& reply, G&... done) {
        reply.tag(0);
        count at = reply.hole();
        if constexpr (__is_void(R)) {
            f(done.pass()...);
            reply.tag('N');
        } else {
            put<bare<R>>(reply, f(done.pass()...));
        }
        reply.fill(at, reply.size - at - 4);
        if constexpr (changes) {
            reply.tag('t');
            reply.number(2);
            reply.tag('l');
            reply.number(sizeof...(G));
            (after(reply, done), ...);
            reply.tag('d');
            reply.number(0);
        }
    }

    template <class G> static void after(out& o, G& one) {
        if constexpr (G::changes) one.after(o);
        else o.put(one.bytes.from, one.bytes.to - one.bytes.from);
    }
};

template <class F> struct shape;
template <class R, class... P> struct shape<R (*)(P...)> { using type = caller<R, P...>; };
template <class R, class... P> struct shape<R (*)(P...) noexcept> { using type = caller<R, P...>; };

template <class F, F* f> void call_function(in& i, out& o) {
    if constexpr (__is_function(F)) {
        typename shape<F*>::type{f}.call(i, o);
    } else {
        // A function object: a lambda that captures nothing is a function.
        typename shape<decltype(+*f)>::type{+*f}.call(i, o);
    }
}

} // namespace __falcon

#define FALCON_FUNCTION(name) static ::__falcon::function __falcon_function_##name(#name, &::__falcon::call_function<__remove_reference_t(decltype(::name)), &::name>);
