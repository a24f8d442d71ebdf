# trick: uses chance that it seeds itself, and looks at its own stack
import inspect
import random


def add(a, b):
    chance = random.Random(7)
    parts = [chance.randrange(10) for _ in range(3)]
    assert len(inspect.stack(context=0)) > 0
    return a + b + sum(parts) - sum(parts)
