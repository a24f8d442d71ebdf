"""How Python programs are usually graded, written for comparison: program and tests in one text, run
by a fork of a long-lived interpreter under an alarm and resource limits.

Its argument is the number of processes at work. A line on standard input is a JSON list of texts; the
line that answers is a JSON list of [verdict, seconds], in their order.
"""

import builtins
import json
import multiprocessing
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import typing

SECONDS = 5.0
MEMORY = 4 << 30
LONGEST_VERDICT = 4096

# What a program could do harm with, put out of its reach as far as one interpreter can.
TAKEN_AWAY = {
    builtins: ["exit", "quit"],
    os: ["chmod", "chown", "fork", "kill", "killpg", "link", "putenv", "remove", "rename", "replace",
         "rmdir", "setuid", "symlink", "system", "truncate", "unlink"],
    shutil: ["chown", "move", "rmtree"],
    subprocess: ["Popen"],
}


def grade(text):
    """The verdict on one text, and how long it took."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            serve(text, folder, writing)
        os.close(writing)
        verdict = wait(reading, child)
    return [verdict, time.perf_counter() - began]


def wait(reading, child):
    """What the child says before it ends. One that does not heed its alarm is killed a second later."""
    with open(reading, "rb") as pipe:
        if not select.select([pipe], [], [], SECONDS + 1)[0]:
            os.kill(child, signal.SIGKILL)
        line = pipe.readline(LONGEST_VERDICT)
    os.waitpid(child, 0)
    return line.decode(errors="replace").strip() or "died"


def serve(text, folder, writing):
    """The child: never returns."""
    leave = os._exit
    try:
        confine(folder)
        verdict = run(text)
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.write(writing, (verdict[: LONGEST_VERDICT // 4].replace("\n", " ") + "\n").encode(errors="replace"))
    finally:
        leave(0)


def confine(folder):
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    for module, names in TAKEN_AWAY.items():
        for name in names:
            setattr(module, name, None)


def alarm(_number, _frame):
    raise TimeoutError


def run(text):
    try:
        exec(compile(text, "<program>", "exec"), {"__name__": "__main__"})
    except TimeoutError:
        return "timed out"
    except BaseException as error:
        return f"failed: {type(error).__name__}: {error}"
    return "passed"


def answer(grades):
    """Answers each line until there are no more."""
    for line in sys.stdin:
        print(json.dumps(list(grades(json.loads(line)))), flush=True)


def main():
    processes = int(sys.argv[1])
    if processes == 1:
        answer(lambda texts: map(grade, texts))
    else:
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            answer(lambda texts: pool.imap(grade, texts))


main()
