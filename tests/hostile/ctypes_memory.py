# trick: write into the process's memory
# verdict: runtime-error
# because: No module named
import ctypes


def add(a, b):
    return ctypes.string_at(0, 10)
