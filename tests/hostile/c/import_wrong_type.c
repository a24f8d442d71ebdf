// trick: import a function that there is, by a type that it has not
// verdict: forbidden
// because: as a function of the type
__attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_write"))) void written(double x);
int add(int a, int b) { written(1.0); return 0; }
