// trick: has a main of its own, for trying it
#include <iostream>
int add(int a, int b) { return a + b; }
int main() { std::cout << add(1, 2) << std::endl; return 7; }
