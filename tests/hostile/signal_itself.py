# trick: end by a signal, which some graders take for their own
# verdict: runtime-error
# because: crashed
# under: calls
import signal


def add(a, b):
    signal.raise_signal(signal.SIGTERM)
    return None
