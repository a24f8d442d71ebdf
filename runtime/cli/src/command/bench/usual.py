"""How Python programs are usually graded, written for comparison: program and tests in one text, run
by a fork of a long-lived interpreter under an alarm and resource limits.

Its arguments are the way and the number of programs at once. The ways are the two that are met:
`fork`, the leanest, where a pool's processes fork for each text and read its verdict from a pipe; and
`manager`, where they start a process for each text, and a manager process beside it that holds the
list for its verdict. (As published the latter starts them from threads; a fork beside a thread that holds a lock may wait for
that lock for ever, and a measurement must end.) A line on standard input is a JSON list of texts; the line that answers is a JSON
list of [verdict, seconds], in their order.
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
import typing  # noqa: F401 (most programs import it; here as there, the parent has it already)
from concurrent.futures import ProcessPoolExecutor

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


FORKING = multiprocessing.get_context("fork")


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


def grade_managed(text):
    """The same by a process and a manager of its own."""
    began = time.perf_counter()
    with FORKING.Manager() as manager, tempfile.TemporaryDirectory() as folder:
        verdicts = manager.list()
        child = FORKING.Process(target=serve_managed, args=(text, folder, verdicts))
        child.start()
        child.join(SECONDS + 1)
        if child.is_alive():
            child.kill()
            child.join()
        verdict = verdicts[0] if verdicts else "died"
    return [verdict, time.perf_counter() - began]


def serve_managed(text, folder, verdicts):
    confine(folder)
    verdict = run(text)
    signal.setitimer(signal.ITIMER_REAL, 0)
    verdicts.append(verdict)


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
    way, at_once = sys.argv[1], int(sys.argv[2])
    if way == "manager":
        with ProcessPoolExecutor(at_once, FORKING) as pool:
            answer(lambda texts: pool.map(grade_managed, texts))
    elif at_once == 1:
        answer(lambda texts: map(grade, texts))
    else:
        with FORKING.Pool(at_once) as pool:
            answer(lambda texts: pool.imap(grade, texts))


main()
