# trick: none: it is not a program
# verdict: compile-error
# because: SyntaxError
def add(a, b) return a + b
