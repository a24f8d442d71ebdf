# trick: leaves out an exception class whose name the tests know from the reference
# task: raised
# verdict: failed
# because: must be a class
def take(items):
    return items.pop()
