# trick: go on after the call in a thread
# verdict: runtime-error
# because: thread
import threading


def add(a, b):
    threading.Thread(target=print).start()
