# trick: keeps state between calls
import functools

total = 0


@functools.lru_cache(None)
def add(a, b):
    global total
    total += 1
    return a + b
