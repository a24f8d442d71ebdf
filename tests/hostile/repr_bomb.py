# trick: an exception whose text ends the process or never ends
# verdict: runtime-error
# because: Loud
class Loud(Exception):
    def __str__(self):
        raise SystemExit(0)

    __repr__ = __str__


def add(a, b):
    raise Loud()
