int main(void) {
    const double numbers[] = {1.0, 2.0, 3.9, 4.0, 5.0, 2.2};
    printf("%d\n", has_close_elements(numbers, 6, 0.3));
}
