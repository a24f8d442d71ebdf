"""The program's exceptions, on the test side.

`except` asks a class for nothing: what the tests expect must be real classes here, and what they catch real
instances. A class is made for a name only where the program says that it is an exception class, and under the bases
that the program gives it. Whatever else the tests ask of it, or of its instances, is asked of the program's.

The classes have comments for docstrings: a docstring would answer where a program's is asked for.
"""

import builtins
import types

from wit_world.imports import exchange

from . import codec, proxies

# The handle that stands for the exception that the program raised last.
LAST = 0xFFFF_FFFF

# Most bases that are asked for.
_MOST = 16

_of_type = type.__getattribute__


class ProgramException(type):
    # The class of the classes that stand for the program's.

    def __call__(cls, *positional, **named):
        link = _of_type(cls, "falcon_link")
        value = link.perform(exchange.Operation_Call(global_of(cls)), positional, named)
        return link.exceptions.made(cls, value)

    def __getattribute__(cls, name):
        if name in _TOLD:
            return _of_type(cls, name)
        if name.startswith("__") and name != "__doc__":
            _of_type(cls, "falcon_link").refuse(f"asked for {name} of an exception class of the program")
        return getattr(_there(cls), name)

    def __setattr__(cls, name, value):
        setattr(_there(cls), name, value)


# What a class here knows as well as the program's. The rest is the program's to tell.
_TOLD = frozenset(("__name__", "__qualname__", "__class__"))


def global_of(kind):
    """The program's name for the class."""
    return _of_type(kind, "falcon_name")


def _there(kind):
    return _of_type(kind, "falcon_link").perform(exchange.Operation_GetGlobal(global_of(kind)))


class _There:
    # The program's own exception: an object that it made for the tests, or the one that it raised as its `turn`-th,
    # which is there until it raises another.

    def __init__(self, link, content, turn=None):
        self._link = link
        self._content = content
        self.turn = turn

    def content(self):
        if self.turn is not None:
            self._link.check_turn(self.turn)
        return self._content

    def read(self, operation, name):
        return self._link.perform(operation((self.content()[0].number, name)))

    def text(self, method):
        text = self.read(exchange.Operation_CallMethod, method)
        if type(text) is not str:
            self._link.refuse(f"has an exception whose {method} is no text")
        return text

    def refuse(self, what):
        self._link.refuse(f"{what} an exception of the program")


def content_of(error):
    """What an exception of the program crosses back as; none where it is one of the tests' own."""
    there = error.__dict__.get("falcon_there")
    return there and there.content()


class _Carried:
    # What exceptions of the classes made here have. What they have not is asked of the program's.

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self.falcon_there.read(exchange.Operation_GetAttribute, name)

    def __str__(self):
        # The text crosses with what is raised. A `KeyError` shows another.
        if self.falcon_there.turn is None or isinstance(self, KeyError):
            return self.falcon_there.text("__str__")
        return self.args[0]

    def __repr__(self):
        return self.falcon_there.text("__repr__")

    def __eq__(self, other):
        return True if self is other else self.falcon_there.refuse("compared")

    __hash__ = BaseException.__hash__


_BODY = {name: _Carried.__dict__[name] for name in ("__getattr__", "__str__", "__repr__", "__eq__", "__hash__")}


class Exceptions:
    """The classes that the tests know of the program's exceptions."""

    def __init__(self, link, namespace):
        self._link = link
        self._namespace = namespace
        # By the names that the program raises them under.
        self._asked = {}

    def ask(self, names):
        """Makes classes of those of the names that the program says are exception classes."""
        told = []
        for name in names:
            bases = self._bases(name)
            if "BaseException" in bases:
                told.append((len(bases), name, bases))
        # Bases before what is derived from them.
        for _, name, bases in sorted(told):
            if bases[0] == name or self._known(bases[0]) is None:
                kind = self._class(bases[0], self.of(bases[1:]), name)
            else:
                kind = self._known(bases[0])
            self._namespace[name] = self._asked[bases[0]] = kind

    def of(self, names):
        """The class that the tests know by this name, or a new one under the nearest base that they know."""
        for at, name in enumerate(names):
            found = self._known(name)
            if found is not None:
                break
        else:
            at, found = len(names), Exception
        for name in reversed(names[:at]):
            found = self._class(name, found, name)
        return found

    def raised(self, raised, turn, may_stop):
        """The exception of the tests' own that stands for what the program raised."""
        kind = self.of(raised.types)
        message = raised.message
        if issubclass(kind, (StopIteration, StopAsyncIteration)) and not may_stop:
            # It would end an iteration of the tests' own, as it would that of a generator (PEP 479).
            kind, message = RuntimeError, f"the program raised {raised.types[0]}"
        content = codec.Handle(LAST), raised.types[0], False
        error = _instance(kind, (message,), _There(self._link, content, turn))
        error.falcon_raised = raised
        return error

    def made(self, kind, value):
        """The exception that stands for one that the tests have made; what else the program gives is left as it is."""
        if not proxies.is_handle(type(value)) or proxies.content_of(value)[1] != kind.__name__:
            return value
        there = _There(self._link, proxies.content_of(value))
        arguments = there.read(exchange.Operation_GetAttribute, "args")
        return _instance(kind, arguments if type(arguments) is tuple else (), there)

    def _class(self, name, base, named):
        return ProgramException(name, (base,), {"falcon_link": self._link, "falcon_name": named, **_BODY})

    def _known(self, name):
        namespace = self._namespace
        for known in (self._asked, namespace, builtins.__dict__):
            if _is_exception(known.get(name)):
                return known[name]
        for module in namespace.values():
            if type(module) is types.ModuleType and _is_exception(module.__dict__.get(name)):
                return module.__dict__[name]
        return None

    def _bases(self, name):
        """Names of the class of this name and its bases, as the program tells them; none where it has none."""
        link = self._link
        names = []
        with link.asking():
            kind = link.perform(exchange.Operation_GetGlobal(name))
            for one in link.attribute(kind, "__mro__")[:_MOST]:
                names.append(link.attribute(one, "__name__"))
        return names if all(type(name) is str for name in names) else []


def _is_exception(found):
    return issubclass(type(found), type) and issubclass(found, BaseException)


def _instance(kind, arguments, there):
    given = ("".join(arguments[:1]), [Exception()]) if issubclass(kind, BaseExceptionGroup) else ()
    error = _of_type(kind, "__new__")(kind, *given)
    error.args = arguments
    error.falcon_there = there
    return error
