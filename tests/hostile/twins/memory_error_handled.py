# trick: asks for too much memory, handles the refusal
def add(a, b):
    try:
        bytearray(1 << 30)
    except MemoryError:
        pass
    return a + b
