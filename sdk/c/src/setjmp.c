/* What LLVM's lowering of setjmp and longjmp to WebAssembly exceptions calls
 * (lib/Target/WebAssembly/WebAssemblyLowerEmscriptenEHSjLj.cpp says what each must do). */
#include <stdint.h>

struct thrown {
    void *environment;
    int value;
};

struct environment {
    void *invocation;
    uint32_t label;
    struct thrown thrown;
};

/* A call of setjmp: remembers which call of which function it was. */
void __wasm_setjmp(void *at, uint32_t label, void *invocation) {
    struct environment *environment = at;
    environment->invocation = invocation;
    environment->label = label;
}

/* A longjmp arrived: the label of the setjmp it is for, or 0 where that is another function's. */
uint32_t __wasm_setjmp_test(void *at, void *invocation) {
    struct environment *environment = at;
    return environment->invocation == invocation ? environment->label : 0;
}

/* Tag 1 is the one that C's longjmp throws with. */
void __wasm_longjmp(void *at, int value) {
    struct environment *environment = at;
    environment->thrown.environment = at;
    environment->thrown.value = value ? value : 1;
    __builtin_wasm_throw(1, &environment->thrown);
}
