#include <cassert>
#include <vector>
bool has_close_elements(std::vector<double> numbers, double threshold);
