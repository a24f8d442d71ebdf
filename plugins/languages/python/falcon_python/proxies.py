"""What stands on the test side for the program's names and objects.

A handle stands for an object of the program. It can be called where the object can, have attributes
read and set, and be passed back. It is never an answer: what would compare, test, hash, iterate,
measure, inspect or compute with it raises `NotPlainAnswer`, so an object that claims to equal everything
has nothing to say here.

The classes have comments for docstrings: a docstring would answer where a program's is asked for.
"""

from wit_world.imports import exchange

from . import codec


class RemoteName:
    # A name of the program: called, or its attributes read, there.

    def __init__(self, link, name):
        self.__dict__.update(_falcon_link=link, __name__=name)

    def __call__(self, *positional, **named):
        return self._falcon_link.perform(exchange.Operation_Call(self.__name__), positional, named)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._falcon_value(), name)

    def __setattr__(self, name, value):
        setattr(self._falcon_value(), name, value)

    def _falcon_value(self):
        return self._falcon_link.perform(exchange.Operation_GetGlobal(self.__name__))

    @property
    def __doc__(self):
        return self._falcon_value().__doc__

    def __bool__(self):
        # Whether there is one is the program's to tell. A function or a class is true.
        value = self._falcon_value()
        return is_handle(type(value)) or bool(value)

    def __instancecheck__(self, value):
        self._falcon_link.refuse("asked for the class of an object of the program")

    __subclasscheck__ = __instancecheck__

    def __repr__(self):
        return f"<the program's {self.__name__}>"


class RemoteIterator:
    # A generator or library iterator of the program, asked for its items one at a time.

    def __init__(self, link, handle):
        self._falcon_link = link
        self.falcon_content = handle

    def __iter__(self):
        return self

    def __next__(self):
        return self._falcon_link.next(self.falcon_content.number)

    def _refuse(self, *_):
        self._falcon_link.refuse("returned an iterator, which is not plain data")

    # No `__len__`: `list` asks it for a hint, and without it `len` is an error anyway.
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __hash__ = _refuse


class HandleType(type):
    # The class of the classes of handles, which know no more of the program's than its name.

    def __getattribute__(cls, name):
        if name in _NAMES:
            return type.__getattribute__(cls, name)
        _refuse_type(cls)


# What a handle's class may be asked for.
_NAMES = frozenset(("__name__", "__qualname__"))


def _refuse_type(cls, *_, **__):
    link, name = type.__getattribute__(cls, "falcon_link"), type.__getattribute__(cls, "__name__")
    link.refuse(f"asked the type of an object of the program, {name}, for more than its name")


for _name in "call setattr delattr instancecheck subclasscheck repr dir iter len contains or ror bool".split():
    setattr(HandleType, f"__{_name}__", _refuse_type)


def is_handle(kind):
    """Whether this is the class of a handle."""
    return type(kind) is HandleType


class RemoteObject(metaclass=HandleType):
    # A handle. Each type of the program gets a class of its own under this one, so that handles of two
    # types do not have one `type`, which no object can refuse to tell.

    __slots__ = ("_falcon_link", "_falcon_content")

    def __getattribute__(self, name):
        if name.startswith("__") and name not in _CARRIED:
            _refuse_handle(self)
        return _link(self).attribute(self, name)

    def __setattr__(self, name, value):
        number = content_of(self)[0].number
        _link(self).perform(exchange.Operation_SetAttribute((number, name)), (value,))


class _RemoteCallable(RemoteObject):
    # A handle of an object that can be called: `callable` asks for nothing but this method.

    __slots__ = ()

    def __call__(self, *positional, **named):
        number = content_of(self)[0].number
        return _link(self).perform(exchange.Operation_CallHandle(number), positional, named)


# Attributes with two underscores that are read like others. Python itself asks for the rest.
_CARRIED = frozenset(("__name__", "__qualname__", "__doc__", "__dict__"))

_read = object.__getattribute__


def _link(handle):
    return _read(handle, "_falcon_link")


def content_of(handle):
    """What the handle crossed as: the handle's number, its type's name, and whether it can be called."""
    return _read(handle, "_falcon_content")


def _refuse_handle(self, *_):
    _link(self).refuse(f"returned a value of type {content_of(self)[1]}, which is not plain data")


_REFUSED = """
eq ne lt le gt ge hash bool len iter next contains getitem setitem delitem reversed str repr format
bytes int float complex index round trunc floor ceil abs neg pos invert add sub mul matmul truediv
floordiv mod divmod pow lshift rshift and or xor radd rsub rmul rmatmul rtruediv rfloordiv rmod
rdivmod rpow rlshift rrshift rand ror rxor iadd isub imul imatmul itruediv ifloordiv imod ipow
ilshift irshift iand ior ixor enter exit await aiter anext reduce reduce_ex copy deepcopy dir
delattr instancecheck subclasscheck length_hint missing
""".split()

for _name in _REFUSED:
    type.__setattr__(RemoteObject, f"__{_name}__", _refuse_handle)


class Handles:
    """Makes proxies of what crossed as a handle. The content was the program's to write."""

    def __init__(self, link):
        self._link = link
        self._kinds = {}

    def object(self, content):
        """The proxy of an object."""
        if type(content) is not tuple or tuple(map(type, content)) != (codec.Handle, str, bool):
            raise ValueError("content")
        _, name, can_be_called = content
        kind = self._kinds.get((name, can_be_called))
        if kind is None:
            base = _RemoteCallable if can_be_called else RemoteObject
            body = {"__slots__": (), "falcon_link": self._link}
            kind = self._kinds[name, can_be_called] = HandleType(name, (base,), body)
        handle = object.__new__(kind)
        object.__setattr__(handle, "_falcon_link", self._link)
        object.__setattr__(handle, "_falcon_content", content)
        return handle

    def iterator(self, content):
        """The proxy of an iterator."""
        if type(content) is not codec.Handle:
            raise ValueError("content")
        return RemoteIterator(self._link, content)
