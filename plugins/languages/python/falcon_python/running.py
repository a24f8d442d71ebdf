"""Whole programs: standard input to standard output."""

import atexit
import sys
import traceback
import types

from . import checking, faults


def run(source, args):
    """Runs the program as `__main__`. Returns its exit code, its error if any, and the error's phase."""
    try:
        code = checking.compile_program(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        return 1, checking.of_syntax(error), "compile"
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    sys.argv = [checking.FILE, *args]
    exit_code, error = _guarded(lambda: exec(code, module.__dict__))
    for step in (atexit._run_exitfuncs, sys.stdout.flush, sys.stderr.flush):
        late_code, late_error = _guarded(step)
        if error is None and late_error is not None:
            exit_code, error = late_code, late_error
    return exit_code, error, "run" if error is not None else ""


def _guarded(step):
    try:
        step()
    except SystemExit as leaving:
        return _exit_code(leaving.code), None
    except BaseException as error:
        try:
            traceback.print_exception(error)
        except BaseException:
            pass
        return 1, faults.diagnostic(error)
    return 0, None


def _exit_code(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code) & 0xFF
    print(code, file=sys.stderr)
    return 1
