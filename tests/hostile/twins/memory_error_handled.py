# trick: asks for too much memory, handles the refusal
def add(a, b):
    try:
        bytearray(1 << 31)
    except MemoryError:
        pass
    return a + b
