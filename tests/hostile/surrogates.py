# trick: text that is not Unicode
# verdict: failed
# because: got
def add(a, b):
    return "\ud800\udfff\udc00"
