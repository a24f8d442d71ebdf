# trick: ask someone else
# verdict: runtime-error
# because: gaierror
import socket


def add(a, b):
    return socket.create_connection(("127.0.0.1", 80), timeout=1)
