"""What the two measurements share: benchmark tasks, and grading with the three judges."""

import gzip
import json
import os
import subprocess
import tempfile
from pathlib import Path

REWARD = """
[[judge]]
plugin = "falcon/complexity"
[[judge]]
plugin = "falcon/style"
config = { line-length = 79 }
[[judge]]
plugin = "falcon/error-feedback"
"""


class Task:
    """One task of a benchmark, with its canonical solution."""

    def __init__(self, suite, key, prompt, prefix, completion):
        self.suite = suite
        self.key = key
        # What the policy sees, what the program begins with, and what the policy adds.
        self.prompt = prompt
        self.prefix = prefix
        self.completion = completion

    @property
    def program(self):
        return self.prefix + self.completion

    @property
    def first_own_line(self):
        """The first line that is the solution's."""
        return self.prefix.count("\n") + 1


def tasks(data):
    """HumanEval's and MBPP's tasks in a folder of evaluation data."""
    data = Path(data)
    found = {"humaneval": [], "mbpp": []}
    with gzip.open(data / "humaneval" / "HumanEval.jsonl.gz", "rt") as file:
        for row in map(json.loads, file):
            prompt, solution = row["prompt"], row["canonical_solution"]
            found["humaneval"].append(Task("humaneval", row["task_id"], prompt, prompt, solution))
    with open(data / "mbpp" / "mbpp.jsonl") as file:
        for row in map(json.loads, file):
            prompt = row["text"] + "\n" + "\n".join(row["test_list"])
            found["mbpp"].append(Task("mbpp", row["task_id"], prompt, "", row["code"]))
    return found


def benchmark(data, suite):
    """The file of a benchmark."""
    name = "HumanEval.jsonl.gz" if suite == "humaneval" else "mbpp.jsonl"
    return Path(data) / suite / name


def graded(falcon, data, suite, completions):
    """The lines of `falcon grade` for (key, completion) pairs, in their order."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        reward, asked, out = folder / "reward.toml", folder / "in.jsonl", folder / "out.jsonl"
        reward.write_text(REWARD)
        with open(asked, "w") as file:
            for key, completion in completions:
                file.write(json.dumps({"task_id": str(key), "completion": completion}) + "\n")
        command = [falcon, "grade", "--tasks", benchmark(data, suite), "--format", suite]
        command += ["--completions", asked, "--reward", reward, "--out", out]
        ended = subprocess.run(command, env=os.environ, capture_output=True, text=True)
        # 1 says that some programs did not pass.
        if ended.returncode not in (0, 1):
            raise SystemExit(f"falcon grade ended with {ended.returncode}:\n{ended.stderr}")
        with open(out) as file:
            return [json.loads(line) for line in file]


def score(line, judge):
    """What a judge said of one program."""
    for score in line["scores"]:
        if score["judge"] == judge:
            return score
    raise SystemExit(f"{judge} is not among the judges of {line['task_id']}")
