/* The test side's `assert`: a check of its own, after which the test program goes on. */
#undef assert
#ifdef __cplusplus
#include <falcon/tests.hpp>
#define assert(...) \
    (static_cast<void>(__COUNTER__), ::__falcon::checked([&]() -> bool { return static_cast<bool>(__VA_ARGS__); }, #__VA_ARGS__, __LINE__))
#else
void __falcon_check(int held, const char *text, int line);
#define assert(...) ((void)__COUNTER__, __falcon_check(!!(__VA_ARGS__), #__VA_ARGS__, __LINE__))
#ifndef static_assert
#define static_assert _Static_assert
#endif
#endif
