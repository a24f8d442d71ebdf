# trick: moves lists about inside a list, which the tests hold as well
# task: nested
def arrange(x):
    x.sort()


def take(x):
    return x.pop(0)


def turn(x):
    x.reverse()
