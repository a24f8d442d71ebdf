# trick: sleeps a little
import time


def add(a, b):
    began = time.monotonic()
    time.sleep(0.5)
    assert time.monotonic() - began >= 0.5
    return a + b
