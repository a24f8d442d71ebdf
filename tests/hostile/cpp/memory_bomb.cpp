// trick: take all memory there is
// verdict: out-of-memory
// because: more than its memory
char* volatile kept;
int add(int, int) {
    for (;;) {
        kept = new char[1 << 20];
        kept[12345] = 1;
    }
}
