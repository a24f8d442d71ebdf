"""The world of a plugin that imports nothing: what would reach outside says so, instead of ending
the instance."""

import builtins
import io
import os
import sys
import time

from falcon_sdk._host import granted


def settle() -> None:
    """Puts our own in place of what has nothing behind it. Done last, when all is imported."""
    log, clock = granted("log"), granted("clock")
    sys.stdout = _Lines(log and (lambda text: log.log(log.Level.INFO, text)))
    sys.stderr = _Lines(log and (lambda text: log.log(log.Level.WARN, text)))
    builtins.open = io.open = os.open = _none("files")
    for name in ("stat", "lstat", "listdir", "scandir", "getcwd", "remove", "mkdir"):
        setattr(os, name, _none("files"))
    os.urandom = _none("randomness; the module `random` gives the same numbers in each call")
    for name in ("time", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "perf_counter_ns"):
        setattr(time, name, _clock(clock, name) if clock else _none("clock: ask for the capability `clock`"))
    time.sleep = _none("clock to sleep by")


def _none(what: str):
    def missing(*_args, **_named):
        raise OSError(f"a plugin has no {what}")

    return missing


def _clock(clock, name: str):
    if name.endswith("_ns"):
        return lambda: clock.now_ms() * 1_000_000
    return lambda: clock.now_ms() / 1000


class _Lines(io.TextIOBase):
    """Printed lines are messages to the operator where the capability `log` is granted, and nothing where not."""

    def __init__(self, send) -> None:
        self._send = send
        self._line = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._send:
            *whole, self._line = (self._line + text).split("\n")
            for line in whole:
                self._send(line)
        return len(text)
