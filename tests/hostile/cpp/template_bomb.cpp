// trick: have the compiler never end
// verdict: compile-error
// because: template
template <int N> struct Deep { static constexpr int value = Deep<N + 1>::value + 1; };
int add(int, int) { return Deep<0>::value; }
