# trick: another process, which is not watched
# verdict: runtime-error
# because: OSError
import os
import subprocess


def add(a, b):
    try:
        pid = os.fork()
    except (AttributeError, OSError):
        pass
    return subprocess.run(["true"]).returncode
