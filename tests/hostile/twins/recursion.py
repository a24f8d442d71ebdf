# trick: recursion near the interpreter's limit
def count(n):
    return 0 if n == 0 else 1 + count(n - 1)


def add(a, b):
    assert count(700) == 700
    return a + b
