# trick: prints while it works
def add(a, b):
    print("adding", a, b)
    return a + b
