/* How Lua raises an error: included before each of its files.
 *
 * An exception costs the host about as much as ten thousand instructions, and fuel counts none of it. A
 * program that raises without end must come to the end of its fuel as soon as one that computes. */
#ifndef FALCON_THROW_H
#define FALCON_THROW_H

#include <setjmp.h>

_Noreturn void falcon_throw(jmp_buf to);

#define luai_jmpbuf jmp_buf
#define LUAI_THROW(L, c) falcon_throw((c)->b)
#define LUAI_TRY(L, c, a) \
    if (setjmp((c)->b) == 0) { \
        a \
    }

#endif
