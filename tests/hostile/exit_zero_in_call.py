# trick: sys.exit(0) inside the call
# verdict: runtime-error
# because: SystemExit
import sys


def add(a, b):
    sys.exit(0)
