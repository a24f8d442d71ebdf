"""The candidate side: one program held open, its functions called with plain data.

The program shares this instance, so it may change anything here. That wins it nothing:
all that leaves the instance is plain data and exception names, which it could have
returned anyway, and what they are compared with never enters.
"""

import importlib
import itertools
import marshal
import sys
import types

from componentize_py_types import Err, Ok
from wit_world.exports import session
from wit_world.imports import exchange

from . import checking, codec, faults

# The module name of the program: not `__main__`, since its functions are wanted and not its script.
NAME = "solution"

_namespace = {}
_objects = []
_numbers = {}


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
    try:
        positional, named = codec.decode(arguments, _KNOWN, _objects.__getitem__)
        value = codec.encode(_do(operation, positional, named), _other, *_REPLY)
        changed = None
        if _may_change(positional) or named:
            after = codec.encode((positional, named), _other)
            if after != arguments:
                changed = after
        return exchange.Reply(value, changed)
    except codec.NotPlain as error:
        return Err(faults.not_plain(f"returned {error}"))
    except BaseException as error:
        return Err(faults.raised(error))


_REPLY = codec.MAX_DEPTH - codec.REPLY_DEPTH, codec.MAX_BYTES - codec.REPLY_BYTES


def _do(operation, positional, named):
    kind = type(operation)
    if kind is exchange.Operation_Call:
        return _global(operation.value)(*positional, **named)
    if kind is exchange.Operation_CallHandle:
        return _objects[operation.value](*positional, **named)
    if kind is exchange.Operation_GetGlobal:
        return _global(operation.value)
    number, name = operation.value
    target = _objects[number]
    if kind is exchange.Operation_CallMethod:
        return getattr(target, name)(*positional, **named)
    if kind is exchange.Operation_GetAttribute:
        return getattr(target, name)
    setattr(target, name, positional[0])
    return None


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


_ITERATORS = (
    types.GeneratorType, map, filter, zip, enumerate, reversed, type(iter([])), type(iter(())),
    type(iter("")), type(iter(set())), type(iter({})), type(iter({}.values())),
    type(iter({}.items())), type(iter(range(1))), type(reversed([])), type(iter("é")),
    itertools.chain, itertools.islice, itertools.count, itertools.cycle, itertools.repeat,
    itertools.accumulate, itertools.combinations, itertools.permutations, itertools.product,
    itertools.takewhile, itertools.dropwhile, itertools.starmap, itertools.zip_longest,
    itertools.compress, itertools.filterfalse, itertools.pairwise, itertools.groupby,
    itertools.combinations_with_replacement,
)  # fmt: skip


def _other(value):
    """What is not plain stays here and crosses as a handle, with its type's name."""
    name = codec.type_name(value)
    if name is not None:
        return "type", name
    number = _numbers.get(id(value))
    if number is None:
        number = len(_objects)
        _objects.append(value)
        _numbers[id(value)] = number
    if type(value) in _ITERATORS:
        return "iterator", codec.Handle(number)
    return "object", (codec.Handle(number), checking.text(faults.name_of(type(value)), 100), callable(value))


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
    "iterator": iter,
    "object": lambda content: content[0],
    "builtin": _builtin,
    "function": _function,
    "global": _global,
}
