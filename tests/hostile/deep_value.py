# trick: a value too deep for a recursive grader
# verdict: runtime-error
# because: stack
def add(a, b):
    value = []
    for _ in range(100000):
        value = [value]
    return value
