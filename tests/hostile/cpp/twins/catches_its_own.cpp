// trick: raises and catches
#include <stdexcept>
#include <string>
int add(int a, int b) { try { throw std::runtime_error(std::to_string(a + b)); } catch (const std::exception& e) { return std::stoi(e.what()); } }
