"""How far `falcon/complexity` and `falcon/style` agree with the tools that programmers use.

    python agreement.py FALCON DATA

FALCON is the command (FALCON_PLUGINS names the folder of built plugins), DATA the folder with humaneval/ and
mbpp/. Needs radon, cognitive_complexity, pycodestyle, pyflakes and ruff in the Python that runs it. Compared are the
canonical solutions, each finding by task, rule and line.
"""

import ast
import collections
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pycodestyle
from cognitive_complexity.api import get_cognitive_complexity
from pyflakes import checker
from radon.metrics import h_visit, mi_parameters, mi_visit
from radon.visitors import ComplexityVisitor

import common

PYCODESTYLE = """E101 E111 E201 E202 E203 E211 E221 E222 E225 E227 E228 E231 E251 E261 E262 E265 E271 E272 E301 E302
E303 E304 E305 E306 E401 E402 E501 E701 E702 E703 E711 E712 E713 E714 E721 E722 E731 E741 W191 W291 W293""".split()

PYFLAKES = {
    "UnusedImport": "F401",
    "ImportShadowedByLoopVar": "F402",
    "ImportStarUsed": "F403",
    "FStringMissingPlaceholders": "F541",
    "MultiValueRepeatedKeyLiteral": "F601",
    "AssertTuple": "F631",
    "IsLiteral": "F632",
    "IfTuple": "F634",
    "RedefinedWhileUnused": "F811",
    "UndefinedName": "F821",
    "UnusedVariable": "F841",
    "RaiseNotImplemented": "F901",
}

RUFF = """A001 A002 ARG001 B006 B007 B011 B015 B018 B033 C400 C401 C402 C403 C404 C405 C408 C409 C410 C411 C413 C414
C416 C417 C419 N801 N802 N803 N806 PLR0124 PLR5501 PLW0127 RET505 RET506 RET507 RET508 SIM102 SIM103 SIM118 SIM201
SIM202 SIM208 SIM210 SIM211 SIM300""".split()

FUNCTION = re.compile(r"function (\S+), line (\d+): cyclomatic (\d+), cognitive (\d+)")


def main(falcon, data):
    complexity, style = collections.Counter(), collections.Counter()
    differences = collections.defaultdict(list)
    for suite, tasks in common.tasks(data).items():
        lines = common.graded(falcon, data, suite, [(t.key, t.completion) for t in tasks])
        for task, line in zip(tasks, lines):
            compare_complexity(task, common.score(line, "falcon/complexity")["notes"], complexity, differences)
        ours = [findings(common.score(line, "falcon/style")) for line in lines]
        theirs = [pycodestyle_of(task) | pyflakes_of(task) for task in tasks]
        for found, more in zip(theirs, ruff_of(tasks)):
            found |= more
        for task, own, other in zip(tasks, ours, theirs):
            compare_style(task, own, other, style, differences)
    show(complexity, style, differences)


def compare_complexity(task, notes, count, differences):
    """Every function's figures, and the program's."""
    if any("not read" in note for note in notes):
        count["programs not read"] += 1
        return
    count["programs"] += 1
    own = {(m[1].split(".")[-1], int(m[2])): (int(m[3]), int(m[4])) for n in notes for m in FUNCTION.finditer(n)}
    visitor = ComplexityVisitor.from_code(task.program)
    stack = list(visitor.functions) + [m for c in visitor.classes for m in c.methods]
    while stack:
        function = stack.pop()
        stack += function.closures
        agree("cyclomatic", task, own.get((function.name, function.lineno), (None,))[0], function.complexity, count, differences)
    for node in ast.parse(task.program).body:
        if isinstance(node, ast.FunctionDef):
            ours = own.get((node.name, node.lineno), (None, None))[1]
            agree("cognitive", task, ours, get_cognitive_complexity(node), count, differences)
    text = "\n".join(notes)
    halstead = h_visit(task.program).total
    agree("halstead h1 h2 N1 N2", task, numbers(text, r"h1 (\d+), h2 (\d+), N1 (\d+), N2 (\d+)"),
          (halstead.h1, halstead.h2, halstead.N1, halstead.N2), count, differences)
    volume, total, lloc, _ = mi_parameters(task.program)
    index = numbers(text, r"index ([\d.]+) of volume ([\d.]+), cyclomatic (\d+), lloc (\d+)")
    wanted = (mi_visit(task.program, True), volume, total, lloc)
    close = index is not None and all(abs(a - b) < 1e-3 for a, b in zip(index, wanted))
    agree("maintainability index", task, wanted if close else index, wanted, count, differences)


def numbers(text, pattern):
    found = re.search(pattern, text)
    return found and tuple(map(float, found.groups()))


def agree(what, task, ours, theirs, count, differences):
    count[what, "all"] += 1
    if ours == theirs:
        count[what, "same"] += 1
    else:
        differences[what].append(f"{task.key}: ours {ours}, theirs {theirs}")


def findings(score):
    """(rule, line) of each of the judge's findings."""
    return {(one["rule"], one["line"]) for one in score.get("findings", [])}


def own(task, found):
    """Findings in what the solution adds; a name that the prompt mentions is the task's."""
    return {(rule, line) for rule, line in found if line >= task.first_own_line}


def pycodestyle_of(task):
    class Report(pycodestyle.BaseReport):
        def error(self, line, offset, text, check):
            if text[:4] in PYCODESTYLE:
                self.found.add((text[:4], line))

    options = pycodestyle.StyleGuide(select=PYCODESTYLE, max_line_length=79).options
    report = Report(options)
    report.found = set()
    lines = task.program.splitlines(keepends=True)
    pycodestyle.Checker("program.py", lines=lines, options=options, report=report).check_all()
    return own(task, report.found)


def pyflakes_of(task):
    found = set()
    for message in checker.Checker(ast.parse(task.program), "program.py").messages:
        if rule := PYFLAKES.get(type(message).__name__):
            found.add((rule, message.lineno))
    return own(task, found)


def ruff_of(tasks):
    """Ruff's findings, a set a task."""
    found = {n: set() for n in range(len(tasks))}
    with tempfile.TemporaryDirectory() as folder:
        for n, task in enumerate(tasks):
            Path(folder, f"p{n}.py").write_bytes(task.program.encode())
        command = [Path(sys.executable).with_name("ruff"), "check", "--isolated", "--preview", "--no-cache"]
        command += ["--target-version", "py313", "--select", ",".join(RUFF), "--output-format", "json", folder]
        ended = subprocess.run(command, capture_output=True, text=True)
        for one in json.loads(ended.stdout):
            n = int(Path(one["filename"]).stem[1:])
            rule, line = one["code"], one["location"]["row"]
            name = re.search(r"`([^`]+)`", one["message"])
            if rule in ("N801", "N802", "N803", "N806") and name and re.search(rf"\b{re.escape(name[1])}\b", tasks[n].prompt):
                continue
            if rule in RUFF:
                found[n].add((rule, line))
    return [own(task, found[n]) for n, task in enumerate(tasks)]


def compare_style(task, ours, theirs, count, differences):
    known = set(PYCODESTYLE) | set(PYFLAKES.values()) | set(RUFF)
    for rule, line in sorted(ours | theirs):
        if rule not in known:
            count["no counterpart", rule] += 1
            continue
        side = "both" if (rule, line) in ours & theirs else "ours" if (rule, line) in ours else "theirs"
        count[side, rule] += 1
        if side != "both":
            text = task.program.splitlines()[line - 1].strip()
            differences[rule].append(f"{task.key} line {line}, {side} only: {text[:90]}")


def show(complexity, style, differences):
    print(f"programs {complexity['programs']}, not read {complexity['programs not read']}")
    for what in ("cyclomatic", "halstead h1 h2 N1 N2", "maintainability index", "cognitive"):
        print(f"{what}: {complexity[what, 'same']} of {complexity[what, 'all']} the same")
    print("\nrule      both  ours  theirs")
    rules = sorted({rule for side, rule in style if side != "no counterpart"})
    for rule in rules:
        print(f"{rule:8} {style['both', rule]:5} {style['ours', rule]:5} {style['theirs', rule]:7}")
    both, ours, theirs = (sum(style[side, rule] for rule in rules) for side in ("both", "ours", "theirs"))
    print(f"{'all':8} {both:5} {ours:5} {theirs:7}   {both / max(1, both + ours + theirs):.2%} the same")
    for (side, rule), number in sorted(style.items()):
        if side == "no counterpart":
            print(f"{rule}: {number} findings, no counterpart")
    print("\ndifferences")
    for what, where in sorted(differences.items()):
        print(f"{what} ({len(where)})")
        for one in where[:SHOWN]:
            print(f"    {one}")


# Differences that are shown of each kind.
SHOWN = 10

if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
