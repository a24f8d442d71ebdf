// trick: a module that the engine cannot hold, for that to be the engine's fault
// verdict: forbidden
// because: 2 tables
// under: calls
static __externref_t table[0];
int add(int, int) { return __builtin_wasm_table_size(table); }
