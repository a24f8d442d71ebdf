# trick: more output than can be kept
# verdict: output-limit
# because: wrote more than
def add(a, b):
    while True:
        print("x" * 1000)
