# trick: a class with its own equality, used inside only
class Number:
    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return Number(self.value + other.value)

    def __eq__(self, other):
        return self.value == other.value


def add(a, b):
    return (Number(a) + Number(b)).value
