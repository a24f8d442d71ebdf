// printf and scanf whose whole numbers are as long as their arguments, whatever the format says: programs write %ld
// and %lu for `long`, `int64_t` and `size_t`, which have other sizes here than where they were written.
#pragma once

extern "C++" {
namespace __falcon {

/// A format that fits its arguments.
class format {
    char small[200];
    char* made;

public:
    /// Each of `codes` stands for an argument, as `code_of` has it; `reads` for scanf.
    format(const char* from, const char* codes, __SIZE_TYPE__ count, bool reads);
    format(const format&) = delete;
    ~format();
    const char* text() const { return made; }
};

/// The size of a whole number in bytes; 0 for anything else.
template <class T> consteval char code_of() {
    if constexpr (__is_integral(T) || __is_enum(T)) return sizeof(T) <= 8 ? sizeof(T) : 0;
    else return 0;
}
template <class T> struct pointed { using type = void; };
template <class T> struct pointed<T*> { using type = T; };
template <class T> consteval char code_behind() {
    using item = typename pointed<T>::type;
    if constexpr (__is_integral(item) && !__is_same(item, char)) return sizeof(item) <= 8 ? sizeof(item) : 0;
    else return 0;
}

template <class... A> struct of_arguments {
    static constexpr char codes[] = {code_of<A>()..., 0};
    static constexpr char behind[] = {code_behind<A>()..., 0};
};

extern "C" {
int __falcon_printf(const char* __restrict, ...) __asm__("printf");
int __falcon_fprintf(FILE* __restrict, const char* __restrict, ...) __asm__("fprintf");
int __falcon_sprintf(char* __restrict, const char* __restrict, ...) __asm__("sprintf");
int __falcon_snprintf(char* __restrict, size_t, const char* __restrict, ...) __asm__("snprintf");
int __falcon_scanf(const char* __restrict, ...) __asm__("scanf");
int __falcon_fscanf(FILE* __restrict, const char* __restrict, ...) __asm__("fscanf");
int __falcon_sscanf(const char* __restrict, const char* __restrict, ...) __asm__("sscanf");
}

} // namespace __falcon

#define __FALCON_PUT ::__falcon::format(__f, ::__falcon::of_arguments<_A, _R...>::codes, 1 + sizeof...(_R), false).text(), __a, __r...
#define __FALCON_GET ::__falcon::format(__f, ::__falcon::of_arguments<_A, _R...>::behind, 1 + sizeof...(_R), true).text(), __a, __r...
template <class _A, class... _R> inline int printf(const char* __f, _A __a, _R... __r) { return ::__falcon::__falcon_printf(__FALCON_PUT); }
template <class _A, class... _R> inline int fprintf(FILE* __to, const char* __f, _A __a, _R... __r) { return ::__falcon::__falcon_fprintf(__to, __FALCON_PUT); }
template <class _A, class... _R> inline int sprintf(char* __to, const char* __f, _A __a, _R... __r) { return ::__falcon::__falcon_sprintf(__to, __FALCON_PUT); }
template <class _A, class... _R> inline int snprintf(char* __to, size_t __n, const char* __f, _A __a, _R... __r) { return ::__falcon::__falcon_snprintf(__to, __n, __FALCON_PUT); }
template <class _A, class... _R> inline int scanf(const char* __f, _A __a, _R... __r) { return ::__falcon::__falcon_scanf(__FALCON_GET); }
template <class _A, class... _R> inline int fscanf(FILE* __from, const char* __f, _A __a, _R... __r) { return ::__falcon::__falcon_fscanf(__from, __FALCON_GET); }
template <class _A, class... _R> inline int sscanf(const char* __from, const char* __f, _A __a, _R... __r) { return ::__falcon::__falcon_sscanf(__from, __FALCON_GET); }
#undef __FALCON_PUT
#undef __FALCON_GET
}
