"""Makes each `assert` of a test program a test that is recorded and does not end the others."""

import ast
from typing import NamedTuple

from . import checking

# The name under which the instrumented program finds its sites; no test program has it by accident.
SITES = "_falcon_sites"


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
    """`with _falcon_sites[n]:` around the assertion, whose two sides are kept for the message."""
    number = len(found)
    found.append(Site(number, _name(node, lines), node.lineno))
    at = {"lineno": node.lineno, "col_offset": node.col_offset}
    test = node.test
    if type(test) is ast.Compare and len(test.ops) == 1:
        test.left = _kept(test.left, f"_falcon_got_{number}", at)
        test.comparators[0] = _kept(test.comparators[0], f"_falcon_want_{number}", at)
    sites = ast.Name(SITES, _LOAD, **at)
    site = ast.Subscript(sites, ast.Constant(number, **at), _LOAD, **at)
    return ast.With([ast.withitem(site)], [node], **at)


_LOAD, _STORE = ast.Load(), ast.Store()


def _kept(value, name, at):
    return ast.NamedExpr(ast.Name(name, _STORE, **at), value, **at)


def _name(node, lines):
    """The assertion's own text, on one line."""
    text = lines[node.lineno - 1].strip() if node.lineno <= len(lines) else ""
    return checking.text(text.removeprefix("assert").strip(), 160) or f"line {node.lineno}"


def shown(number, error, traceback):
    """What came and what was wanted, where a comparison did not hold: `(got, want, message)`."""
    if type(error) is not AssertionError or hasattr(error, "falcon_raised"):
        return None
    variables = traceback.tb_frame.f_locals
    try:
        got = _short(variables[f"_falcon_got_{number}"])
        want = _short(variables[f"_falcon_want_{number}"])
    except BaseException:
        return None
    return got, want, checking.text(f"got {got}, and the other side is {want}")


def _short(value):
    return checking.text(repr(value), 200)
