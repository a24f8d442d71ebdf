# trick: sorts the list that it was given, and gives it back
# task: sorted
def ascending(numbers):
    numbers.sort()
    return numbers
