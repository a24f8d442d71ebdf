# trick: none: the function is not there
# verdict: runtime-error
# because: name 'add' is not defined
def sub(a, b):
    return a - b
