"""The test side's view of the candidate: proxies whose every use is carried across.

A handle stands for an object of the program. It can be called, have attributes read and
set, and be passed back. It is never an answer: what would compare, test, hash, iterate,
measure or compute with it raises `NotPlainAnswer`, so an object that claims to equal
everything has nothing to say here.
"""

import builtins
import collections
import marshal
import sys
import types

from componentize_py_types import Err
from wit_world.imports import candidate, exchange

from . import codec


class NotPlainAnswer(BaseException):
    """A value of the program that is not plain data was used as an answer."""


class Ended(BaseException):
    """The candidate is gone; `verdict` says how."""

    def __init__(self, verdict, message):
        super().__init__(message)
        self.verdict = verdict
        self.message = message


class Unsendable(BaseException):
    """The tests passed a value that cannot cross: a fault of the tests."""


class Link:
    """The candidate as one run of the tests sees it. What went wrong is kept, whatever the tests catch."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.ended = None
        self.refusal = None
        self.unsendable = None
        self._known = {
            **codec.KNOWN,
            "object": lambda content: RemoteObject(self, content[0], content[1]),
            "iterator": lambda number: RemoteIterator(self, number),
        }

    def perform(self, operation, positional=(), named=None):
        """Carries one operation across; gives its value or raises its exception."""
        if self.ended is not None:
            raise self.ended
        try:
            arguments = codec.encode((list(positional), named or {}), self._other)
        except codec.NotPlain as error:
            self.unsendable = Unsendable(f"the tests pass {error}, which cannot cross to the program")
            raise self.unsendable from None
        try:
            reply = candidate.perform(operation, arguments)
        except Err as error:
            stopped = error.value
        else:
            return self._accept(reply, positional, named)
        if type(stopped) is candidate.Stopped_Ended:
            self.ended = Ended(*stopped.value)
            raise self.ended
        if stopped.value.not_plain:
            self.refuse(f"{stopped.value.message}, which is not plain data")
        raise self._exception(stopped.value)

    def refuse(self, message):
        """The program's answer is none. Sticks, so that no `except` of the tests can hide it."""
        self.refusal = NotPlainAnswer(message)
        raise self.refusal

    def _accept(self, reply, positional, named):
        try:
            value = codec.decode(reply.value, self._known, codec.Handle)
            if reply.changed is not None:
                after_positional, after_named = codec.decode(reply.changed, self._known, codec.Handle)
                for before, after in zip(positional, after_positional):
                    _update(before, after)
                for name, before in (named or {}).items():
                    _update(before, after_named.get(name))
            return value
        except Exception as error:
            self.refuse(f"returned malformed data ({type(error).__name__}: {error})")

    def _exception(self, raised):
        kind = _exception_class(raised.types, self.namespace)
        error = kind.__new__(kind)
        error.args = (raised.message,)
        error.falcon_raised = raised
        return error

    def _other(self, value):
        kind = type(value)
        if kind is RemoteObject:
            number, name = _parts(value)
            return "object", (number, name)
        if kind is RemoteIterator:
            return "iterator", value.number
        if kind is RemoteName:
            return "global", value.__name__
        name = codec.type_name(value)
        if name is not None:
            return "type", name
        if kind is types.FunctionType:
            return "function", _portable(value)
        if isinstance(value, (type, types.BuiltinFunctionType)) or kind.__name__ == "method_descriptor":
            return "builtin", _library_path(value)
        if hasattr(value, "__next__"):
            return "iterator", list(value)
        raise codec.NotPlain(codec.describe(value))


def _portable(function):
    """A function that depends on nothing but built-ins crosses by its code."""
    code = function.__code__
    if code.co_freevars or any(not hasattr(builtins, n) for n in _globals_used(code)):
        raise codec.NotPlain("a function that depends on other names of the test program")
    return marshal.dumps(code), function.__name__, function.__defaults__


def _globals_used(code):
    import dis

    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "IMPORT_NAME"):
            yield step.argval
    for constant in code.co_consts:
        if type(constant) is types.CodeType:
            yield from _globals_used(constant)


def _library_path(value):
    owner = getattr(value, "__objclass__", None)
    module = getattr(owner or value, "__module__", None)
    name = getattr(value, "__qualname__", "")
    found = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is not value:
        raise codec.NotPlain(codec.describe(value))
    return f"{module}:{name}"


def _exception_class(names, namespace):
    """The class the tests know by this name, or a new one under the nearest base that they know."""
    for at, name in enumerate(names):
        found = namespace.get(name, getattr(builtins, name, None))
        if isinstance(found, type) and issubclass(found, BaseException):
            break
    else:
        at, found = len(names), Exception
    for name in reversed(names[:at]):
        found = type(name, (found,), {})
    return found


def _update(before, after):
    """Makes an argument what the program made of it, keeping the identity of what is nested in it."""
    kind = type(before)
    if kind is not type(after) or not codec.is_container(kind):
        return
    if kind is tuple:
        for old, new in zip(before, after):
            _update(old, new)
    elif kind is list:
        for at, (old, new) in enumerate(zip(before, after)):
            before[at] = _kept(old, new)
        before[len(after) :] = after[len(before) :]
        del before[len(after) :]
    elif isinstance(before, dict):
        merged = {key: _kept(before.get(key), new) for key, new in after.items()}
        before.clear()
        before.update(merged)
    elif kind is set:
        before.clear()
        before.update(after)
    elif kind is collections.deque:
        before.clear()
        before.extend(after)
    else:
        before[:] = after


def _kept(old, new):
    if type(old) is type(new) and codec.is_container(type(old)) and type(old) is not tuple:
        _update(old, new)
        return old
    return new


class RemoteName:
    """A name of the program: called, or its attributes read, there."""

    def __init__(self, link, name):
        self._link = link
        self.__name__ = name

    def __call__(self, *positional, **named):
        return self._link.perform(exchange.Operation_Call(self.__name__), positional, named)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        value = self._link.perform(exchange.Operation_GetGlobal(self.__name__))
        return getattr(value, name)

    def __instancecheck__(self, value):
        self._link.refuse("asked for the class of an object of the program")

    def __repr__(self):
        return f"<the program's {self.__name__}>"


class RemoteIterator:
    """A generator or library iterator of the program, asked for its items one at a time."""

    def __init__(self, link, number):
        self._link = link
        self.number = number

    def __iter__(self):
        return self

    def __next__(self):
        return self._link.perform(exchange.Operation_CallMethod((self.number.number, "__next__")))

    def _refuse(self, *_):
        self._link.refuse("returned an iterator, which is not plain data")

    # No `__len__`: `list` asks it for a hint, and without it `len` is an error anyway.
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __hash__ = _refuse


def _parts(value):
    return object.__getattribute__(value, "_falcon_number"), object.__getattribute__(value, "_falcon_type")


class RemoteObject:
    """A handle."""

    __slots__ = ("_falcon_link", "_falcon_number", "_falcon_type")

    def __init__(self, link, number, kind):
        for name, value in zip(RemoteObject.__slots__, (link, number, kind)):
            object.__setattr__(self, name, value)

    def __call__(self, *positional, **named):
        link, number = _address(self)
        return link.perform(exchange.Operation_CallHandle(number), positional, named)

    def __getattribute__(self, name):
        if name.startswith("__"):
            return object.__getattribute__(self, name)
        link, number = _address(self)
        return link.perform(exchange.Operation_GetAttribute((number, name)))

    def __setattr__(self, name, value):
        link, number = _address(self)
        link.perform(exchange.Operation_SetAttribute((number, name)), (value,))


def _address(value):
    return (
        object.__getattribute__(value, "_falcon_link"),
        object.__getattribute__(value, "_falcon_number").number,
    )


def _refuse_handle(self, *_):
    link = object.__getattribute__(self, "_falcon_link")
    kind = object.__getattribute__(self, "_falcon_type")
    link.refuse(f"returned a value of type {kind}, which is not plain data")


_REFUSED = """
eq ne lt le gt ge hash bool len iter next contains getitem setitem delitem reversed str repr format
bytes int float complex index round trunc floor ceil abs neg pos invert add sub mul matmul truediv
floordiv mod divmod pow lshift rshift and or xor radd rsub rmul rmatmul rtruediv rfloordiv rmod
rdivmod rpow rlshift rrshift rand ror rxor iadd isub imul imatmul itruediv ifloordiv imod ipow
ilshift irshift iand ior ixor enter exit await aiter anext reduce reduce_ex copy deepcopy dir
delattr instancecheck subclasscheck length_hint missing
""".split()

for _name in _REFUSED:
    setattr(RemoteObject, f"__{_name}__", _refuse_handle)
