"""What tests may pass to a program beside plain data: its own objects, functions, the library's names."""

import builtins
import functools
import itertools
import marshal
import opcode
import sys
import types

from . import codec, exceptions, proxies


class Own(codec.NotPlain):
    """A function, a class or an instance of the test program that cannot cross, whatever the program did."""


# The modules in which code of the task runs on the test side.
_OWN = frozenset(("tests", "reference"))


def other(value):
    """How a value that is not plain data crosses to the program: `(name, content)`."""
    kind = type(value)
    if proxies.is_handle(kind):
        return "object", proxies.content_of(value)
    if kind is proxies.RemoteIterator:
        return "iterator", value.falcon_content
    if kind is proxies.RemoteName:
        return "global", value.__name__
    if kind is exceptions.ProgramException:
        return "global", exceptions.global_of(value)
    if issubclass(kind, BaseException) and exceptions.content_of(value):
        return "object", exceptions.content_of(value)
    if kind is proxies.HandleType:
        raise codec.NotPlain("the type of an object of the program")
    name = codec.type_name(value)
    if name is not None:
        return "type", name
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType)):
        path = _library_path(value)
        if path is not None:
            return "builtin", path
        if kind is types.FunctionType:
            return "function", _portable(value)
        raise _refused(value, f"{getattr(value, '__qualname__', 'a value')}, a {kind.__name__} of the tests")
    if hasattr(kind, "__next__"):
        return "iterator", _items(value)
    raise _refused(_owner(value), codec.describe(value))


def _refused(owner, what):
    own = getattr(owner, "__module__", None) in _OWN
    return (Own if own else codec.NotPlain)(what)


def _owner(value):
    """What tells whose a value is: the function in it, or its class."""
    while type(value) is functools.partial:
        value = value.func
    if type(value) is types.MethodType:
        value = value.__func__
    return value if type(value) is types.FunctionType else type(value)


def _items(iterator):
    """What is left in an iterator, which may have no end."""
    items = list(itertools.islice(iterator, codec.MAX_VALUES + 1))
    if len(items) > codec.MAX_VALUES:
        raise codec.TooMuch(f"an iterator of more than {codec.MAX_VALUES} values")
    return items


def _library_path(value):
    """`module:name` of what the standard library calls so, on the program's side as well."""
    owner = getattr(value, "__objclass__", value)
    module = getattr(owner, "__module__", None)
    if type(module) is not str or module.partition(".")[0] not in sys.stdlib_module_names:
        return None
    name = value.__qualname__
    found = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return f"{module}:{name}" if found is value else None


def _portable(function):
    """A function that depends on nothing but built-ins crosses by its code."""
    code = function.__code__
    if code.co_freevars or any(not hasattr(builtins, name) for name in names_loaded(code)):
        raise Own("a function that depends on other names of the test program")
    return marshal.dumps(code), function.__name__, function.__defaults__, function.__kwdefaults__


_EXTENDED, _GLOBAL = opcode.opmap["EXTENDED_ARG"], opcode.opmap["LOAD_GLOBAL"]
_LOADS = frozenset(opcode.opmap[name] for name in ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"))
_IMPORT = opcode.opmap["IMPORT_NAME"]
_STORES = frozenset(opcode.opmap[name] for name in ("STORE_NAME", "STORE_GLOBAL"))


def names_loaded(code):
    """Global names that the code and the functions in it read or import, as a dict."""
    found = {}
    for part in _parts(code):
        found.update(dict.fromkeys(_names(part, _LOADS)))
        found.update(dict.fromkeys(_names(part, (_IMPORT,))))
    return found


def names_stored(code):
    """Global names that the module's code and the functions in it set."""
    found = set(_names(code, _STORES))
    for part in _parts(code):
        found.update(_names(part, (opcode.opmap["STORE_GLOBAL"],)))
    return found


def _parts(code):
    yield code
    for constant in code.co_consts:
        if type(constant) is types.CodeType:
            yield from _parts(constant)


def _names(code, operations):
    """The names that operations of these kinds have for arguments."""
    instructions = code.co_code
    high = 0
    for operation, low in zip(instructions[::2], instructions[1::2]):
        argument = high | low
        high = argument << 8 if operation == _EXTENDED else 0
        if operation in operations:
            # The lowest bit says whether it is about to be called.
            yield code.co_names[argument >> 1 if operation == _GLOBAL else argument]
