# trick: os._exit(0) inside the call
# verdict: runtime-error
# because: exit code 0
import os


def add(a, b):
    os._exit(0)
