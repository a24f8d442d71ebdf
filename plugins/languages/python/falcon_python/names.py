"""Which names of a test program stand for what."""

import ast
import builtins
import sys
from typing import NamedTuple


class Known(NamedTuple):
    """What the test program's free names are."""

    # Proxies of the program's.
    remote: list
    # Standard modules used without an import: the test side's own.
    modules: list
    # Import statements of the reference that bind used names.
    imports: list
    # Values of the reference that are used and are neither functions nor classes.
    values: list


def decide(request, tree):
    """Decides from the reference's own definitions, never from what is a built-in name."""
    used = _used(tree)
    given = _defined(request.shared)
    reference = _defined(request.reference)
    remote = list(request.remote)
    imports, values = [], []
    for name, node in reference.items():
        if name not in used or name in remote or name in given:
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if node not in imports:
                imports.append(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if not request.remote:
                remote.append(name)
        elif _is_callable_alias(node):
            if not request.remote:
                remote.append(name)
        else:
            values.append(name)
    taken = {*remote, *values, *given, *reference, *_defined_in(tree.body)}
    modules = [
        name
        for name in used
        if name not in taken and name in sys.stdlib_module_names and not hasattr(builtins, name)
    ]
    return Known(remote, modules, imports, values)


def _used(tree):
    """Names that are read, in order of appearance, as a dict."""
    return {
        node.id: None
        for node in ast.walk(tree)
        if type(node) is ast.Name and type(node.ctx) is ast.Load
    }


def _defined(source):
    return _defined_in(ast.parse(source).body) if source.strip() else {}


def _defined_in(body):
    """Top-level names and the statement that defines each last."""
    found = {}
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = node
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for part in ast.walk(target):
                    if type(part) is ast.Name:
                        found[part.id] = node
        elif isinstance(node, (ast.If, ast.Try, ast.For, ast.While, ast.With)):
            for part in ("body", "orelse", "finalbody"):
                found.update(_defined_in(getattr(node, part, [])))
    return found


def _is_callable_alias(node):
    """`name = lambda …` and `name = functools.partial(…)`-like definitions."""
    value = getattr(node, "value", None)
    if isinstance(value, ast.Lambda):
        return True
    if isinstance(value, ast.Call):
        function = value.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        return name in ("partial", "namedtuple", "lru_cache", "cache", "NamedTuple", "Enum", "itemgetter")
    return False
