# trick: recursion without an end and without the interpreter's limit
# verdict: runtime-error
# because: RecursionError
import sys

sys.setrecursionlimit(10**9)


class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x")


def add(a, b):
    return repr(Deep().start)
