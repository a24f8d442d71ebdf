// trick: have the host work for nothing, and time end it: faults that are told and do not come
// verdict: out-of-fuel
// because: used up its fuel
// under: calls
#include <cstring>
extern "C" __attribute__((import_module("falcon"), import_name("fault"))) void fault(const void*, __SIZE_TYPE__, unsigned, unsigned);
char told[1 << 20];
char* to = told;
void put(char tag, unsigned number) {
    *to++ = tag;
    std::memcpy(to, &number, 4);
    to += 4;
}
// An exception with as many class names as there is room for, all of them empty.
int add(int, int) {
    unsigned names = sizeof told / 5 - 10;
    put('t', 3);
    put('l', names);
    for (unsigned k = 0; k <= names; ++k) put('s', 0);
    *to++ = 'F';
    for (;;) fault(told, to - told, 1, 1);
}
