// trick: an answer that is no number and might be compared as one
// verdict: compile-error
// because: of C only numbers
struct yes { int five; };
struct yes add(int a, int b) { struct yes all = {5}; return all; }
