# trick: raise what the tests' own `assert` raises
# verdict: runtime-error
# because: AssertionError
def add(a, b):
    raise AssertionError
