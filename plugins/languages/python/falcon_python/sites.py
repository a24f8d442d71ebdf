"""Makes each `assert` of a test program a test that is recorded and does not end the others."""

import ast
from typing import NamedTuple

from . import checking

# Names that the instrumented program uses; no test program has them by accident.
PASS = "_falcon_pass"
FAIL = "_falcon_fail"
_ERROR = "_falcon_error"


class Site(NamedTuple):
    """An assertion."""

    number: int
    name: str
    line: int


def instrument(tree, entry, source):
    """Rewrites the tree in place: the module's own assertions and those of the entry function.

    Assertions inside `try`, `with` and other functions are left alone, since what they raise may
    be caught on purpose.
    """
    found = []
    lines = source.splitlines()
    tree.body = _rewrite(tree.body, found, lines)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == entry:
            node.body = _rewrite(node.body, found, lines)
    return found


def _rewrite(body, found, lines):
    rewritten = []
    for node in body:
        if isinstance(node, ast.Assert):
            if isinstance(node.test, ast.Constant) and node.test.value:
                continue
            node = _site(node, found, lines)
        elif isinstance(node, (ast.For, ast.While, ast.If)):
            node.body = _rewrite(node.body, found, lines) or [ast.copy_location(ast.Pass(), node)]
            node.orelse = _rewrite(node.orelse, found, lines)
        rewritten.append(node)
    return rewritten


def _site(node, found, lines):
    number = len(found)
    found.append(Site(number, _name(node, lines), node.lineno))
    test = node.test
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        test.left = _kept(test.left, f"_falcon_got_{number}")
        test.comparators[0] = _kept(test.comparators[0], f"_falcon_want_{number}")
    recorded = ast.Try(
        body=[node],
        handlers=[
            ast.ExceptHandler(
                type=_load("BaseException"),
                name=_ERROR,
                body=[_call(FAIL, ast.Constant(number), _load(_ERROR), ast.Call(_load("locals"), [], []))],
            )
        ],
        orelse=[_call(PASS, ast.Constant(number))],
        finalbody=[],
    )
    return ast.fix_missing_locations(ast.copy_location(recorded, node))


def _kept(value, name):
    return ast.NamedExpr(ast.Name(name, ast.Store()), value)


def _load(name):
    return ast.Name(name, ast.Load())


def _call(name, *arguments):
    return ast.Expr(ast.Call(_load(name), list(arguments), []))


def _name(node, lines):
    """The assertion's own text, on one line."""
    text = lines[node.lineno - 1].strip() if node.lineno <= len(lines) else ""
    return checking.text(text.removeprefix("assert").strip(), 160) or f"line {node.lineno}"


def shown(number, error, variables):
    """What came and what was wanted, where a comparison did not hold: `(got, want, message)`."""
    if type(error) is not AssertionError or variables is None:
        return None
    if hasattr(error, "falcon_raised"):
        return None
    try:
        got = _short(variables[f"_falcon_got_{number}"])
        want = _short(variables[f"_falcon_want_{number}"])
    except (KeyError, Exception):
        return None
    return got, want, checking.text(f"got {got}, and the other side is {want}")


def _short(value):
    return checking.text(repr(value), 200)
