// trick: is a function object made of templates
template <class T> constexpr T sum(T a, T b) { return a + b; }
auto add = [](int a, int b) { return sum<int>(a, b); };
