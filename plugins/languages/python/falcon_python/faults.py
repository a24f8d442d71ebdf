"""Exceptions of a program, as they cross."""

from wit_world.imports.exchange import Raised
from wit_world.imports.types import Diagnostic, Severity

from . import checking

_traceback_of = BaseException.__dict__["__traceback__"].__get__
_args_of = BaseException.__dict__["args"].__get__
_mro_of = type.__dict__["__mro__"].__get__
name_of = type.__dict__["__name__"].__get__


def line_of(error):
    """The last line of the program that the exception passed through; 0 for none."""
    line = 0
    step = _traceback_of(error)
    while step is not None:
        if step.tb_frame.f_code.co_filename == checking.FILE:
            line = step.tb_lineno
        step = step.tb_next
    return checking.place(line)


def names_of(error):
    """The names of the exception's classes, most derived first."""
    names = []
    for base in _mro_of(type(error)):
        if base is object or len(names) == 16:
            break
        names.append(checking.text(name_of(base), 200))
    return names


def message_of(error):
    """The exception's text. `str` may run the program's code, and so may fail."""
    try:
        args = _args_of(error)
        # KeyError's own text is the repr of its argument, which the other side adds again.
        if len(args) == 1 and type(args[0]) is str and type(error).__str__ is KeyError.__str__:
            return checking.text(args[0])
        return checking.text(str(error))
    except BaseException:
        return ""


def diagnostic(error):
    """The exception with its place."""
    return Diagnostic(Severity.ERROR, names_of(error)[0], message_of(error), line_of(error), 0)


def raised(error):
    """The exception as the session reports it."""
    return Raised(names_of(error), message_of(error), diagnostic(error), False)


def not_plain(message):
    """The boundary's own refusal of a value."""
    return Raised(["TypeError"], checking.text(message), None, True)
