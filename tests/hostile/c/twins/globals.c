// trick: keeps what it computed
static struct { int a, b, sum; } known[64];
static int count;
int add(int a, int b) {
    for (int k = 0; k < count; ++k)
        if (known[k].a == a && known[k].b == b) return known[k].sum;
    known[count].a = a;
    known[count].b = b;
    return known[count++].sum = a + b;
}
