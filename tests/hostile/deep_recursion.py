# trick: recursion without an end
# verdict: runtime-error
# because: RecursionError
def add(a, b):
    return add(a, b)
