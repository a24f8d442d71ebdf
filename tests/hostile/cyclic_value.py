# trick: a value that contains itself
# verdict: failed
# because: nested deeper
def add(a, b):
    value = []
    value.append(value)
    return value
