"""Which names of a test program stand for what."""

import ast
import builtins
import re
import sys
from typing import NamedTuple

from . import sending


class Known(NamedTuple):
    """What the test program's free names are."""

    # Proxies of the program's.
    remote: list
    # Those of them that may be exception classes, which the tests can expect.
    exceptions: list
    # Standard modules used without an import: the test side's own.
    modules: list
    # Import statements of the reference that bind used names.
    imports: list
    # Values of the reference that are used and are neither functions nor classes.
    values: list


# A definition at the top level. What looks like one inside a text only makes a proxy no one calls.
_DEFINITION = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)", re.MULTILINE)


def decide(request, code, given):
    """Decides from the reference's own definitions, never from what is a built-in name.

    `code` is the compiled test program; `given` holds what the task gives to both sides.
    """
    used = sending.names_loaded(code)
    remote = list(request.remote)
    imports, values = [], []
    exceptions = []
    reference = request.reference
    if reference:
        if not remote:
            defined = dict.fromkeys(_DEFINITION.findall(reference))
            remote = [name for name in defined if name in used and name not in given]
        words = set(_WORD.findall(reference))
        if any(name in words and name not in remote and name not in given for name in used):
            _others(request, used, given, remote, imports, values)
        exceptions = [name for name in _exceptions(reference) if name in remote]
    stored = sending.names_stored(code)
    modules = [
        name
        for name in used
        if name in sys.stdlib_module_names
        and name not in stored
        and name not in given
        and name not in remote
        and name not in values
        and not hasattr(builtins, name)
    ]
    return Known(remote, exceptions, modules, imports, values)


_WORD = re.compile(r"\w+")


def _others(request, used, given, remote, imports, values):
    """What the reference defines and the tests use other than by `def` and `class`."""
    for name, node in _defined_in(ast.parse(request.reference).body).items():
        if name not in used or name in remote or name in given:
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if node not in imports:
                imports.append(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or _is_callable(node):
            if not request.remote:
                remote.append(name)
        else:
            values.append(name)


_CLASS = re.compile(r"^class\s+(\w+)\s*\(([^)]*)\)", re.MULTILINE)


def _exceptions(reference):
    """Names of the reference's classes that may be exception classes by their bases. The program says which are."""
    defined = set(_DEFINITION.findall(reference))
    found = []
    for name, bases in _CLASS.findall(reference):
        if any(_may_be_exception(base.strip(), found, defined) for base in bases.split(",")):
            found.append(name)
    return found


def _may_be_exception(base, found, defined):
    if base in found:
        return True
    kind = getattr(builtins, base, None)
    if isinstance(kind, type):
        return issubclass(kind, BaseException)
    # What is imported may be one, whatever it is called.
    return bool(_DOTTED.fullmatch(base)) and base not in defined


_DOTTED = re.compile(r"\w+(?:\.\w+)*")


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


def _is_callable(node):
    """`name = lambda …`, `name = functools.partial(…)` and the like."""
    value = getattr(node, "value", None)
    if isinstance(value, ast.Lambda):
        return True
    if isinstance(value, ast.Call):
        function = value.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        return name in ("partial", "namedtuple", "lru_cache", "cache", "NamedTuple", "Enum", "itemgetter")
    return False
