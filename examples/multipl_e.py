"""MultiPL-E's own solutions natively and in FALCON: whether both say the same of each.

    python3 examples/multipl_e.py completions humaneval-js.jsonl > solutions.jsonl
    falcon grade --tasks humaneval-js.jsonl --format multipl-e --completions solutions.jsonl --out graded.jsonl
    python3 examples/multipl_e.py compare humaneval-js.jsonl graded.jsonl

`compare` runs every solution (`gpt_solution`) with its tests in one text by `node`, by `lua` with its module luaunit,
or by `g++` and what it makes, each for half a minute at most and that last with the 256 MiB of data that `falcon grade`
gives a program, and names those of which `falcon grade` says something else. These programs run WITHOUT a sandbox, as
the user who calls this. It ends with exit code 1 where less than `--at-least` percent agree.
"""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS = 30
MEMORY = 256 << 20


def rows(file):
    with open(file) as lines:
        return [json.loads(line) for line in lines if line.strip()]


def code(row):
    """The program of an answer: its first fenced block, or all of it."""
    block = re.search(r"```[\w+]*\n(.*?)```", row["gpt_solution"], re.DOTALL)
    return block[1] if block else row["gpt_solution"].replace("```", "")


def one_text(row):
    """Program and tests as one text, which is how they are run natively."""
    if row["language"] != "cpp":
        return code(row) + "\n\n" + row["tests"]
    program, prompt = code(row), row["prompt"]
    # What the prompt gives before the function that it begins.
    given = prompt[: prompt.rstrip().rfind("\n") + 1]
    name = re.search(r"auto candidate = (\w+);", row["tests"])[1]
    if not re.search(rf"\b{name}\s*\([^;]*\)\s*{{", program):
        program = prompt + program + "\n}"
    elif given.strip() not in program:
        program = given + program
    tests = row["tests"].lstrip().removeprefix("}")
    # The solution may have a `main` of its own.
    return f"#include <bits/stdc++.h>\n#define main own_main\n{program}\n#undef main\n{tests}\n"


def ended(command, folder):
    """Whether a command ends with exit code 0 in time, and what it said."""
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"not done after {SECONDS} s"
    said = (done.stderr or done.stdout).decode(errors="replace").strip()
    return done.returncode == 0, f"exit code {done.returncode}: {said[:200]}"


def native(row):
    """Whether a solution passes natively, and why not."""
    ending, command = {
        "js": ("js", ["node"]),
        "lua": ("lua", ["lua"]),
        "cpp": ("cpp", ["g++", "-std=gnu++20", "-w", "-o", "program"]),
    }[row["language"]]
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / f"solution.{ending}"
        text.write_text(one_text(row))
        passed, why = ended([*command, text.name], folder)
        if passed and row["language"] == "cpp":
            passed, why = ended(["prlimit", f"--data={MEMORY}", str(Path(folder) / "program")], folder)
        return passed, why


def compare(tasks, graded, at_least):
    tasks = rows(tasks)
    said = {row["task_id"]: row for row in rows(graded)}
    missing = [row["name"] for row in tasks if row["name"] not in said]
    if missing:
        sys.exit(f"{graded} has nothing of {', '.join(missing)}")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        found = list(threads.map(native, tasks))
    ours = [said[row["name"]] for row in tasks]
    same = 0
    for row, (passed, why), one in zip(tasks, found, ours, strict=True):
        if passed == one["passed"]:
            same += 1
            continue
        failed = [test["message"] for test in one["tests"] if not test["passed"]]
        print(f"{row['name']}: natively {'passed' if passed else why}; falcon: {one['verdict']} {failed[:1]}")
    percent = 100 * same / len(tasks)
    print(
        f"{sum(passed for passed, _ in found)} pass natively, {sum(one['passed'] for one in ours)} in falcon; "
        f"{same} of {len(tasks)} agree ({percent:.1f} %)"
    )
    return percent >= at_least


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    what = asked.add_subparsers(dest="what", required=True)
    one = what.add_parser("completions", help="the file's own solutions, as `falcon grade` takes them")
    one.add_argument("tasks")
    one = what.add_parser("compare", help="run them natively, and compare with what was graded")
    one.add_argument("tasks")
    one.add_argument("graded", help="what `falcon grade --out` wrote")
    one.add_argument("--at-least", type=float, default=99.0, metavar="PERCENT")
    asked = asked.parse_args()
    if asked.what == "compare":
        sys.exit(0 if compare(asked.tasks, asked.graded, asked.at_least) else 1)
    for row in rows(asked.tasks):
        print(json.dumps({"task_id": row["name"], "completion": row["gpt_solution"]}))


if __name__ == "__main__":
    main()
