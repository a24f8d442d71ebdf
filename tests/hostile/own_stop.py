# trick: a class of StopIteration, and a generator's end that comes from a call
# task: mapped
# verdict: runtime-error
# because: Done
class Done(StopIteration):
    pass


def double(x):
    raise Done
