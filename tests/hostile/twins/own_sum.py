# trick: shadows a built-in in its own module
def sum(values):
    total = 0
    for value in values:
        total += value
    return total


def add(a, b):
    return sum([a, b])
