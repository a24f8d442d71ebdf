# trick: all the memory there is
# verdict: out-of-memory
# because: more than its memory
def add(a, b):
    held = []
    while True:
        held.append(bytearray(16 << 20))
