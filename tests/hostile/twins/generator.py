# trick: a generator, asked for one item at a time
# task: pairs
def pairs(n):
    for i in range(n):
        yield (i, i * i)
