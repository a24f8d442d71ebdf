# trick: never answer
# verdict: out-of-fuel
# because: fuel
def add(a, b):
    while True:
        pass
