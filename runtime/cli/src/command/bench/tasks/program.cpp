#include <algorithm>
#include <cassert>
#include <iostream>
#include <vector>

bool has_close_elements(std::vector<double> numbers, double threshold) {
    std::sort(numbers.begin(), numbers.end());
    for (std::size_t i = 1; i < numbers.size(); ++i) {
        if (numbers[i] - numbers[i - 1] < threshold) return true;
    }
    return false;
}
