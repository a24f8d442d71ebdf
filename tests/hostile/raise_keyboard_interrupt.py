# trick: an exception that `except Exception` does not catch
# verdict: runtime-error
# because: KeyboardInterrupt
def add(a, b):
    raise KeyboardInterrupt
