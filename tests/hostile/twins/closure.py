# trick: a function that makes functions, which have a name and documentation
# task: inspected
def made():
    def inner(x):
        """Adds one."""
        return x + 1

    return inner
