// trick: keeps its function to itself
static int sum(int a, int b) { return a + b; }
static int add(int a, int b) { return sum(a, b); }
