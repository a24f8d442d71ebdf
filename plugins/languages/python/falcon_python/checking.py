"""Compiling, and the places of errors."""

import warnings

from wit_world.imports.types import Diagnostic, Severity

# The file name in a program's tracebacks.
FILE = "program.py"


def text(value, limit=4096):
    """Text that may cross: no lone surrogates, bounded."""
    if type(value) is not str:
        return ""
    if len(value) > limit:
        value = value[:limit] + "…"
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def place(number):
    """A line or column as the diagnostics count it."""
    return number if type(number) is int and 0 <= number < 1 << 32 else 0


def compile_program(source, name=FILE):
    """The program's code object."""
    return compile(source, name, "exec", dont_inherit=True)


def of_syntax(error):
    """The diagnostic of an error that `compile` raised."""
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    line = getattr(error, "lineno", 0)
    column = getattr(error, "offset", 0)
    kind = type(error).__name__
    return Diagnostic(Severity.ERROR, kind, text(message), place(line), place(column))


def check(source):
    """All that the compiler says of a program."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            compile_program(source)
            found = []
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            found = [of_syntax(error)]
    for warning in seen:
        kind = warning.category.__name__
        found.append(
            Diagnostic(Severity.WARNING, kind, text(str(warning.message)), place(warning.lineno), 0)
        )
    return found
