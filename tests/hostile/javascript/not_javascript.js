// trick: another language
// verdict: compile-error
// because: SyntaxError
def add(a, b):
    return a + b
