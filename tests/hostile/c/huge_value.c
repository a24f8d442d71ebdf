// trick: return more than may cross
// verdict: failed
// because: larger than
// under: calls
#include <stdlib.h>
#include <string.h>
char *add(int a, int b) {
    char *text = calloc((17 << 20) + 1, 1);
    memset(text, 'x', 17 << 20);
    return text;
}
