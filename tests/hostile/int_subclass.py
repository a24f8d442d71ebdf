# trick: a number whose comparisons are overridden
# verdict: failed
# because: not plain data
class Number(int):
    __hash__ = int.__hash__

    def __eq__(self, other):
        return True


def add(a, b):
    return Number(0)
