/* The C library's, and for C++ printf and scanf that go by the types of their arguments. */
#include_next <stdio.h>
#ifdef __cplusplus
#include <falcon/format.hpp>
#endif
