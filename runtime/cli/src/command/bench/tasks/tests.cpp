int main() {
    assert(has_close_elements({1.0, 2.0, 3.9, 4.0, 5.0, 2.2}, 0.3) == true);
    assert(has_close_elements({1.0, 2.0, 3.9, 4.0, 5.0, 2.2}, 0.05) == false);
    assert(has_close_elements({1.0, 2.0, 5.9, 4.0, 5.0}, 0.95) == true);
    assert(has_close_elements({1.0, 2.0, 5.9, 4.0, 5.0}, 0.8) == false);
    assert(has_close_elements({}, 1.0) == false);
}
