// trick: ends with exit
// under: stdio
#include <cstdlib>
#include <iostream>
int main() { int a, b; while (std::cin >> a >> b) std::cout << a + b << "\n"; std::exit(0); }
