int main(void) {
    const double numbers[] = {1.0, 2.0, 3.9, 4.0, 5.0, 2.2};
    const double others[] = {1.0, 2.0, 5.9, 4.0, 5.0};
    assert(has_close_elements(numbers, 6, 0.3) == true);
    assert(has_close_elements(numbers, 6, 0.05) == false);
    assert(has_close_elements(others, 5, 0.95) == true);
    assert(has_close_elements(others, 5, 0.8) == false);
    assert(has_close_elements(numbers, 0, 1.0) == false);
}
