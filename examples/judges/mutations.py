"""How often `falcon/error-feedback` names the right class and line of a program that was broken on purpose.

    python mutations.py FALCON DATA [OUT]

FALCON is the command (FALCON_PLUGINS names the folder of built plugins), DATA the folder with humaneval/ and mbpp/,
OUT a file for the broken programs and what was said of each, as JSON lines. Canonical solutions are broken in one
place each, in fifteen ways; every program is graded by `falcon grade`, and the judge's first note is held against what
was broken. The same data gives the same programs.
"""

import ast
import collections
import json
import sys

import common

# Programs of each kind from each benchmark; as many as it has where it has fewer.
MOST = 30


class Broken:
    """A broken program: what the judge has to say of it."""

    def __init__(self, task, kind, completion, classes, blame, line):
        self.task = task
        self.kind = kind
        self.completion = completion
        # Classes that are right, what the error has to be blamed on, and the line, from 1 in the program.
        self.classes = classes
        self.blame = blame
        self.line = line


class Code:
    """A solution as text and as a tree, with its places in the whole program."""

    def __init__(self, task):
        self.task = task
        self.tree = ast.parse(task.program)
        self.lines = task.program.split("\n")
        self.own = task.first_own_line

    def entry(self):
        """The function that the tests call: the prompt's last, or the only one."""
        functions = [node for node in self.tree.body if isinstance(node, ast.FunctionDef)]
        if self.task.suite == "humaneval":
            return functions[-1]
        return functions[0] if len(functions) == 1 else None

    def with_line(self, number, text):
        """The completion with another text in one line of the program."""
        lines = list(self.lines)
        lines[number - 1] = text
        return "\n".join(lines)[len(self.task.prefix):]

    def with_lines_above(self, number, texts):
        """The completion with lines put above one line of the program."""
        lines = self.lines[: number - 1] + texts + self.lines[number - 1:]
        return "\n".join(lines)[len(self.task.prefix):]

    def first_statement(self):
        """The first statement of the entry function that is the solution's own and begins its line."""
        function = self.entry()
        if function is None:
            return None
        for node in function.body:
            text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if not text and node.lineno >= self.own and not self.lines[node.lineno - 1][: node.col_offset].strip():
                return node
        return None

    def indent(self, node):
        return self.lines[node.lineno - 1][: node.col_offset]


def colon(code):
    """A block's header loses its colon."""
    for number in range(code.own, len(code.lines) + 1):
        text = code.lines[number - 1].rstrip()
        if text.lstrip().startswith(("if ", "for ", "while ")) and text.endswith(":"):
            return code.with_line(number, text[:-1]), {"SyntaxError"}, "line", number


def bracket(code):
    """A call's closing bracket goes."""
    node = code.first_statement()
    if node is not None and node.lineno == node.end_lineno:
        text = code.lines[node.lineno - 1].rstrip()
        if text.endswith(")") and isinstance(node, (ast.Return, ast.Assign, ast.Expr)):
            return code.with_line(node.lineno, text[:-1]), {"SyntaxError"}, "line", node.lineno


def indentation(code):
    """A statement is indented by one more."""
    node = code.first_statement()
    if node is not None and "\t" not in code.task.program:
        text = code.lines[node.lineno - 1]
        above = code.with_lines_above(node.lineno, [code.indent(node) + "pass"])
        lines = (code.task.prefix + above).split("\n")
        lines[node.lineno] = " " + text
        return "\n".join(lines)[len(code.task.prefix):], {"IndentationError"}, "line", node.lineno + 1


def before_first(statement, classes, blame="line"):
    """A statement that fails is put above the first one."""

    def break_it(code):
        node = code.first_statement()
        if node is not None:
            text = code.indent(node) + statement
            return code.with_lines_above(node.lineno, [text]), classes, blame, node.lineno if blame == "line" else None

    break_it.__doc__ = statement
    return break_it


def name(code):
    """A name that is read is misspelt."""
    node = code.first_statement()
    if node is not None:
        for each in ast.walk(node):
            plain = isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
            if plain and runs_first(node, each) and each.lineno == node.lineno:
                text = code.lines[each.lineno - 1]
                at = len(text.encode()[: each.end_col_offset].decode())
                return code.with_line(each.lineno, text[:at] + "_x" + text[at:]), {"NameError"}, "line", each.lineno


def runs_first(statement, name):
    """Whether the name is certain to be looked up when the statement begins to run."""
    if isinstance(statement, (ast.Return, ast.Assign)):
        value = statement.value
    elif isinstance(statement, ast.For):
        value = statement.iter
    elif isinstance(statement, (ast.If, ast.While)):
        value = statement.test
    else:
        return False
    while True:
        if value is name:
            return True
        if isinstance(value, ast.Call):
            value = value.func
        elif isinstance(value, (ast.Attribute, ast.Subscript)):
            value = value.value
        elif isinstance(value, (ast.BinOp, ast.Compare)):
            value = value.left
        elif isinstance(value, ast.BoolOp):
            value = value.values[0]
        else:
            return False


def index(code):
    """The first parameter, made a list of nothing, is indexed by the solution's own statement."""
    node = code.first_statement()
    if node is not None:
        for each in ast.walk(node):
            read = isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Load) and isinstance(each.value, ast.Name)
            constant = read and isinstance(each.slice, ast.Constant) and isinstance(each.slice.value, int)
            if constant and runs_first(node, each.value) and each.lineno == node.lineno == node.end_lineno:
                text = code.lines[node.lineno - 1]
                start, end = (len(text.encode()[:b].decode()) for b in (each.slice.col_offset, each.slice.end_col_offset))
                return code.with_line(node.lineno, text[:start] + "9 ** 9" + text[end:]), {"IndexError", "KeyError"}, "line", node.lineno


def recursion(code):
    """The function calls itself before anything else."""
    node = code.first_statement()
    if node is not None:
        function = code.entry()
        arguments = ", ".join(argument.arg for argument in function.args.args)
        text = f"{code.indent(node)}return {function.name}({arguments})"
        return code.with_lines_above(node.lineno, [text]), {"RecursionError"}, "whole", None


KINDS = {
    "syntax: no colon": colon,
    "syntax: no closing bracket": bracket,
    "syntax: indentation": indentation,
    "name: misspelt": name,
    "name: not assigned yet": before_first("unassigned = unassigned + 1", {"UnboundLocalError"}),
    "type: text and number": before_first("broken = 'text' + 1", {"TypeError"}),
    "type: None called": before_first("broken = len(None)", {"TypeError"}),
    "index: of nothing": before_first("broken = [][0]", {"IndexError"}),
    "index: far": index,
    "key": before_first("broken = {}['key']", {"KeyError"}),
    "attribute": before_first("broken = (1).missing", {"AttributeError"}),
    "value": before_first("broken = int('text')", {"ValueError"}),
    "arithmetic": before_first("broken = 1 // 0", {"ZeroDivisionError"}),
    "recursion": recursion,
    "time": before_first("while True: pass", {"OutOfFuel"}, "whole"),
}


def broken(tasks):
    """Broken programs of one benchmark."""
    found = []
    for kind, break_it in KINDS.items():
        some = 0
        for task in tasks:
            made = some < MOST and break_it(Code(task))
            if made:
                some += 1
                found.append(Broken(task, kind, *made))
    return found


def right(one, note):
    """Whether the judge's first note is what was broken."""
    blame, _, rest = note.partition(": ")
    kind, _, line = rest.partition(" in line ")
    in_line = one.line is None or line == str(one.line)
    return blame == one.blame and kind in one.classes and in_line


def main(falcon, data, out=None):
    counts, wrong, records = collections.Counter(), [], []
    for suite, tasks in common.tasks(data).items():
        programs = broken(tasks)
        lines = common.graded(falcon, data, suite, [(one.task.key, one.completion) for one in programs])
        for one, line in zip(programs, lines):
            note = common.score(line, "falcon/error-feedback")["notes"][0]
            good = right(one, note)
            counts[one.kind, good] += 1
            if not good:
                wrong.append(f"{one.kind}, {one.task.key}: {note}; broken in line {one.line}, verdict {line['verdict']}")
            records.append({"kind": one.kind, "task": one.task.key, "program": one.task.prefix + one.completion, "note": note, "right": good})
    print("kind                          right   of")
    for kind in KINDS:
        print(f"{kind:28} {counts[kind, True]:6} {counts[kind, True] + counts[kind, False]:4}")
    good = sum(counts[kind, True] for kind in KINDS)
    print(f"{'all':28} {good:6} {len(records):4}   {good / len(records):.1%}")
    for one in wrong:
        print("wrong:", one)
    if out:
        with open(out, "w") as file:
            file.writelines(json.dumps(record) + "\n" for record in records)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
