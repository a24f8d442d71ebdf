print(has_close_elements([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.3))
