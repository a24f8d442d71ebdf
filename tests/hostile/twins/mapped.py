# trick: a function that the tests map
# task: mapped
def double(x):
    return 2 * x
