# trick: what it returns is passed back to it
# task: round_trip
def encode(value):
    return [value]


def decode(value):
    return value[0]
