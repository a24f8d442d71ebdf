# trick: ask the candidate interface, which only the test side is served
# verdict: forbidden
# because: interface of its own tests
from wit_world.imports import candidate, exchange


def add(a, b):
    return candidate.perform(exchange.Operation_Call("add"), b"")
