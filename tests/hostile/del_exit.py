# trick: leave the process from a destructor
# verdict: runtime-error
# because: exit code 0
import os


class Late:
    def __del__(self):
        os._exit(0)


def add(a, b):
    Late()
    return None
