/* The C library's, and for C++ programs printf and scanf that go by the types of their arguments. The C++ library
   itself takes the address of snprintf, and knows the sizes of what it prints. */
#include_next <stdio.h>
#if defined(__cplusplus) && !defined(_LIBCPP_BUILDING_LIBRARY)
#include <falcon/format.hpp>
#endif
