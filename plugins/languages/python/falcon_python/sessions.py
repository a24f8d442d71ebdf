"""The candidate side: one program held open, its functions called with plain data.

The program shares this instance, so it may change anything here. That wins it nothing:
all that leaves the instance is plain data and exception names, which it could have
returned anyway, and what they are compared with never enters.
"""

import importlib
import marshal
import sys
import types

from componentize_py_types import Err, Ok
from wit_world.exports import session
from wit_world.imports import exchange

from . import checking, codec, faults

# The module name of the program: not `__main__`, since its functions are wanted and not its script.
NAME = "solution"
# The handle that stands for the exception that was raised last.
LAST = 0xFFFF_FFFF

_namespace = {}
_objects = []
_numbers = {}
# What came in this operation and is given back among the arguments as it came, by id.
_came = {}
# The exception that was raised last.
_last = [None]


def open_program(source):
    """Runs the program's top level. Returns the names of its callables."""
    global _namespace
    try:
        code = checking.compile_program(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise Err(session.Failure_Compile([checking.of_syntax(error)])) from None
    module = types.ModuleType(NAME)
    module.__file__ = checking.FILE
    sys.modules[NAME] = module
    _namespace = module.__dict__
    try:
        exec(code, _namespace)
        return [
            name
            for name, value in _namespace.items()
            if type(name) is str and name.isascii() and callable(value)
        ]
    except BaseException as error:
        failure = session.Failure_Raised(faults.raised(error))
    raise Err(failure)


def forget():
    """Lets go of the program."""
    global _namespace
    _namespace = {}
    _objects.clear()
    _numbers.clear()
    _came.clear()
    _last[0] = None


def perform(operation, arguments):
    """Does one operation."""
    done = _perform(operation, arguments)
    if type(done) is Err:
        raise done
    return done


def perform_all(operation, arguments):
    """Does the same operation with each of the arguments."""
    replies = []
    for one in arguments:
        done = _perform(operation, one)
        replies.append(done if type(done) is Err else Ok(done))
    return replies


def _perform(operation, arguments):
    _came.clear()
    try:
        positional, named = codec.decode(arguments, _KNOWN, _object)
        value = codec.encode(_do(operation, positional, named), _other, *_REPLY)
        changed = None
        if _may_change(positional) or named:
            after = codec.encode((positional, named), _as_it_came)
            if after != arguments:
                changed = after
        return exchange.Reply(value, changed)
    except codec.NotPlain as error:
        return Err(faults.not_plain(f"returned {error}"))
    except BaseException as error:
        of = operation.value
        if type(of) is not tuple or of[0] != LAST:
            _last[0] = error
        return Err(faults.raised(error))


_REPLY = codec.MAX_DEPTH - codec.REPLY_DEPTH, codec.MAX_BYTES - codec.REPLY_BYTES


def _do(operation, positional, named):
    kind = type(operation)
    if kind is exchange.Operation_Call:
        return _global(operation.value)(*positional, **named)
    if kind is exchange.Operation_CallHandle:
        return _object(operation.value)(*positional, **named)
    if kind is exchange.Operation_GetGlobal:
        return _global(operation.value)
    number, name = operation.value
    target = _object(number)
    if kind is exchange.Operation_CallMethod:
        return getattr(target, name)(*positional, **named)
    if kind is exchange.Operation_GetAttribute:
        value = getattr(target, name)
        return _Shared(value) if _is_shared(target, name, value) else value
    setattr(target, name, positional[0])
    return None


class _Shared:
    """A container that an object of the program holds, and does not make anew for each who asks."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


def _is_shared(target, name, value):
    if not codec.is_container(type(value)) or type(value) is tuple:
        return False
    try:
        return target.__dict__.get(name) is value or getattr(target, name) is value
    except Exception:
        return False


def _object(number):
    return _last[0] if number == LAST else _objects[number]


def _global(name):
    try:
        return _namespace[name]
    except KeyError:
        raise NameError(f"name '{name}' is not defined", name=name) from None


def _may_change(positional):
    for value in positional:
        if codec.is_container(type(value)):
            return True
    return False


def _other(value):
    """What is not plain stays here and crosses as a handle, with its type's name."""
    name = codec.type_name(value)
    if name is not None:
        return "type", name
    if type(value) is _Shared:
        return "shared", (_number(value.value), value.value)
    if _is_library_iterator(type(value)):
        return "iterator", codec.Handle(_number(value))
    return "object", (codec.Handle(_number(value)), checking.text(faults.name_of(type(value)), 100), callable(value))


def _as_it_came(value):
    """What of the arguments is not plain."""
    name, content, _ = _came.get(id(value), (None, None, None))
    return (name, content) if name is not None else _other(value)


def _number(value):
    number = _numbers.get(id(value))
    if number is None:
        number = len(_objects)
        _objects.append(value)
        _numbers[id(value)] = number
    return number


# Flags of types (`Py_TPFLAGS_HEAPTYPE`, `Py_TPFLAGS_IMMUTABLETYPE`): those of C are one and not the other, or both.
# A type that a program makes is made anew, and can be changed.
_HEAP, _IMMUTABLE = 1 << 9, 1 << 8
_flags_of = type.__dict__["__flags__"].__get__


def _is_library_iterator(kind):
    """Whether it is a type of the interpreter's own that is there to be iterated. A file has more to it."""
    own = _flags_of(kind) & (_HEAP | _IMMUTABLE) != _HEAP
    return own and hasattr(kind, "__next__") and not hasattr(kind, "readline")


def _from_tests(name, make):
    """The maker of what tests pass that is not plain data, which is remembered with what it came as."""

    def made(content):
        value = make(content)
        _came[id(value)] = name, content, value
        return value

    return made


def _builtin(path):
    module, _, name = path.rpartition(":")
    value = importlib.import_module(module)
    for part in name.split("."):
        value = getattr(value, part)
    return value


def _function(content):
    code, name, defaults, named = content
    function = types.FunctionType(marshal.loads(code), {"__builtins__": __builtins__}, name, defaults)
    function.__kwdefaults__ = named
    return function


# The test side may also send its functions, the library's, and the program's own by name.
_KNOWN = {
    **codec.KNOWN,
    "iterator": _from_tests("iterator", iter),
    "object": lambda content: content[0],
    "builtin": _from_tests("builtin", _builtin),
    "function": _from_tests("function", _function),
    "global": _from_tests("global", _global),
}
