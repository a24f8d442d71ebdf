// Formats of printf and scanf, made to fit their arguments.
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace __falcon {

static bool is(char c, const char* of) { return c && std::strchr(of, c); }

/// What the length of a whole number is called.
static const char* length(char size, bool reads) {
    switch (size) {
    case 8: return "ll";
    case 2: return reads ? "h" : "";
    case 1: return reads ? "hh" : "";
    default: return "";
    }
}

/// The end of a set of characters, `[…]`: behind its bracket.
static const char* end_of_set(const char* at) {
    if (*at == '^') ++at;
    if (*at == ']') ++at;
    while (*at && *at != ']') ++at;
    return *at ? at + 1 : at;
}

format::format(const char* from, const char* codes, __SIZE_TYPE__ count, bool reads) : made(small) {
    // A directive gets at most two characters longer, and has at least two.
    auto room = 2 * std::strlen(from) + 1;
    if (room > sizeof small) made = static_cast<char*>(std::malloc(room));
    if (!made) std::abort();
    char* to = made;
    __SIZE_TYPE__ next = 0;
    while (*from) {
        if ((*to++ = *from++) != '%') continue;
        bool skips = reads && *from == '*';
        while (is(*from, "-+ #0'*.123456789")) {
            // A width or precision that is an argument.
            if (*from == '*' && !reads) ++next;
            *to++ = *from++;
        }
        // Numbered arguments are left as they are.
        if (*from == '$') {
            std::strcpy(to, from);
            return;
        }
        const char* modifier = from;
        while (is(*from, "hlLqjzt")) ++from;
        if (is(*from, "diouxX") && !skips && next < count && codes[next]) {
            // A short one is what the format says of it: the rest of the number is cut.
            bool cuts = !reads && *modifier == 'h' && codes[next] <= 4;
            const char* as = length(codes[next], reads);
            if (!cuts) {
                std::strcpy(to, as);
                to += std::strlen(as);
                modifier = from;
            }
        }
        while (modifier < from) *to++ = *modifier++;
        if (!*from) break;
        if (*from == '%') skips = true;
        if (*from == '[' && reads) {
            const char* end = end_of_set(from + 1);
            while (from < end) *to++ = *from++;
        } else {
            *to++ = *from++;
        }
        if (!skips) ++next;
    }
    *to = 0;
}

format::~format() {
    if (made != small) std::free(made);
}

} // namespace __falcon
