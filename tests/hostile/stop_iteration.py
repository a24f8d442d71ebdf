# trick: StopIteration, which ends a loop of the tests early
# verdict: runtime-error
# because: StopIteration
def add(a, b):
    raise StopIteration
