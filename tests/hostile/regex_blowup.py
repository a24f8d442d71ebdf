# trick: a pattern whose matching takes for ever
# verdict: out-of-fuel
# because: fuel
import re


def add(a, b):
    return re.match(r"(a+)+$", "a" * 64 + "b")
