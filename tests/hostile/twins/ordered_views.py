# trick: counts in an ordered dict
# task: counted
from collections import OrderedDict


def count(text):
    found = OrderedDict()
    for character in text:
        found[character] = found.get(character, 0) + 1
    return found


def total(values):
    return sum(values)
