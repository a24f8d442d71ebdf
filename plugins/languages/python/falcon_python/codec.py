"""Plain data: the encoding of `wit/language/v0.1/README.md`.

Types are exact: an instance of a subclass is not plain data, so nothing of a program's
making (its methods, its comparisons) can come out on the other side.
"""

import array
import collections
import datetime
import decimal
import fractions
import struct

MAX_DEPTH = 100
MAX_BYTES = 16 << 20
MAX_VALUES = 2 << 20
# What a reply stays below those limits, so that tests can pass it back as an argument, which is a value in
# a list in a tuple.
REPLY_DEPTH, REPLY_BYTES = 2, 64

_pack_int = struct.Struct("<cq").pack
_pack_float = struct.Struct("<cd").pack
_pack_complex = struct.Struct("<cdd").pack
_pack_size = struct.Struct("<cI").pack
_size_at = struct.Struct("<I").unpack_from
_int_at = struct.Struct("<q").unpack_from
_float_at = struct.Struct("<d").unpack_from
_complex_at = struct.Struct("<dd").unpack_from

_LOW, _HIGH = -(1 << 63), (1 << 63) - 1

# The built-in types that cross as themselves. Neither `object` nor `type`: what the tests make by calling those of a
# reply would be their own, and a fault of theirs.
TYPES = {
    t.__name__: t
    for t in (
        bool, bytearray, bytes, complex, dict, float, frozenset, int, list, range, set, str, tuple,
        type(None),
    )
}
_TYPE_SET = frozenset(TYPES.values())

_KEYS, _VALUES, _ITEMS = (
    (type(getattr({}, name)()), type(getattr(collections.OrderedDict(), name)())) for name in ("keys", "values", "items")
)


class NotPlain(Exception):
    """A value that may not cross."""


class Handle:
    """The number of an object that stays on the candidate side."""

    __slots__ = ("number",)

    def __init__(self, number):
        self.number = number


_name_of = type.__dict__["__name__"].__get__


def describe(value):
    """How refusals name a value."""
    return f"a value of type {_name_of(type(value))}"


class TooMuch(NotPlain):
    """A value of plain data that is too large or nested too deep to cross."""


class _TooDeep(Exception):
    pass


def encode(value, other, depth=MAX_DEPTH, size=MAX_BYTES):
    """Bytes of a value. `other(value)` gives the `(name, content)` of what is not plain, or refuses it."""
    out = bytearray()
    try:
        _write(value, out, other, depth)
    except _TooDeep:
        raise TooMuch(f"data nested deeper than {depth}") from None
    if len(out) > size:
        raise TooMuch(f"data of {len(out)} bytes, which is more than the {size} that may cross")
    return bytes(out)


def _write(value, out, other, depth):
    kind = type(value)
    if kind is int:
        if _LOW <= value <= _HIGH:
            out += _pack_int(b"i", value)
        else:
            size = (value if value >= 0 else ~value).bit_length() // 8 + 1
            out += _pack_size(b"I", size)
            out += value.to_bytes(size, "little", signed=True)
    elif kind is str:
        data = value.encode("utf-8", "surrogatepass")
        out += _pack_size(b"s", len(data))
        out += data
    elif value is None:
        out += b"N"
    elif kind is bool:
        out += b"T" if value else b"F"
    elif kind is float:
        out += _pack_float(b"f", value)
    elif kind in _MANY:
        if depth == 0:
            raise _TooDeep
        out += _pack_size(_MANY[kind], len(value))
        for item in value:
            _write(item, out, other, depth - 1)
        if len(out) > MAX_BYTES:
            raise TooMuch(f"more than the {MAX_BYTES} bytes of data that may cross")
    elif kind is dict:
        if depth == 0:
            raise _TooDeep
        out += _pack_size(b"d", len(value))
        for key, item in value.items():
            _write(key, out, other, depth - 1)
            _write(item, out, other, depth - 1)
        if len(out) > MAX_BYTES:
            raise TooMuch(f"more than the {MAX_BYTES} bytes of data that may cross")
    elif kind is bytes:
        out += _pack_size(b"b", len(value))
        out += value
    elif kind is complex:
        out += _pack_complex(b"c", value.real, value.imag)
    elif kind is range:
        out += b"r"
        for bound in (value.start, value.stop, value.step):
            _write(bound, out, other, depth - 1)
    elif kind is Handle:
        out += _pack_size(b"h", value.number)
    else:
        if depth == 0:
            raise _TooDeep
        known = _KNOWN.get(kind)
        name, content = known(value) if known is not None else other(value)
        name = name.encode()
        out += _pack_size(b"K", len(name))
        out += name
        _write(content, out, other, depth - 1)


_MUTABLE = frozenset((
    list, dict, set, tuple, bytearray, array.array, collections.Counter, collections.OrderedDict,
    collections.defaultdict, collections.deque,
))  # fmt: skip
_MANY = {list: b"l", tuple: b"t", set: b"S", frozenset: b"Z"}


def _moment(kind, *fields):
    def write(value):
        if getattr(value, "tzinfo", None) is not None:
            raise NotPlain(f"{describe(value)} with a time zone")
        return kind, tuple(getattr(value, field) for field in fields)

    return write


_KNOWN = {
    collections.Counter: lambda v: ("collections.Counter", dict(v)),
    collections.OrderedDict: lambda v: ("collections.OrderedDict", dict(v)),
    collections.defaultdict: lambda v: (
        "collections.defaultdict",
        (v.default_factory.__name__ if v.default_factory in _TYPE_SET else None, dict(v)),
    ),
    collections.deque: lambda v: ("collections.deque", (list(v), v.maxlen)),
    decimal.Decimal: lambda v: ("decimal.Decimal", str(v)),
    fractions.Fraction: lambda v: ("fractions.Fraction", (v.numerator, v.denominator)),
    datetime.date: _moment("datetime.date", "year", "month", "day"),
    datetime.time: _moment("datetime.time", "hour", "minute", "second", "microsecond", "fold"),
    datetime.datetime: _moment(
        "datetime.datetime",
        "year", "month", "day", "hour", "minute", "second", "microsecond", "fold",
    ),
    datetime.timedelta: _moment("datetime.timedelta", "days", "seconds", "microseconds"),
    bytearray: lambda v: ("bytearray", bytes(v)),
    array.array: lambda v: ("array.array", (v.typecode, v.tobytes())),
    **dict.fromkeys(_KEYS, lambda v: ("dict_keys", list(v))),
    **dict.fromkeys(_VALUES, lambda v: ("dict_values", list(v))),
    **dict.fromkeys(_ITEMS, lambda v: ("dict_items", list(v))),
    type(...): lambda v: ("Ellipsis", None),
    type(NotImplemented): lambda v: ("NotImplemented", None),
}


def is_container(kind):
    """Whether values of this known type can change in place."""
    return kind in _MUTABLE


def type_name(value):
    """The name of a built-in type that crosses as itself; none for other values."""
    return value.__name__ if type(value) is type and value in _TYPE_SET else None


def _fields(make, *kinds):
    def read(content):
        if type(content) is not tuple or tuple(map(type, content)) != kinds:
            raise ValueError("fields")
        return make(*content)

    return read


def _only(kind, make):
    def read(content):
        if type(content) is not kind:
            raise ValueError("content")
        return make(content)

    return read


def _default_dict(content):
    factory, items = content
    if type(items) is not dict:
        raise ValueError("content")
    return collections.defaultdict(TYPES[factory] if factory is not None else None, items)


def _array(content):
    code, data = content
    if code == "u" or code == "w":
        raise ValueError("content")
    return array.array(code, data)


def _deque(content):
    items, limit = content
    return collections.deque(items, limit)


def _datetime(*fields):
    return datetime.datetime(*fields[:7], fold=fields[7])


def _time(*fields):
    return datetime.time(*fields[:4], fold=fields[4])


# What both sides may build from data of the other. Nothing here runs code of a program.
KNOWN = {
    "collections.Counter": _only(dict, collections.Counter),
    "collections.OrderedDict": _only(dict, collections.OrderedDict),
    "collections.defaultdict": _default_dict,
    "collections.deque": _deque,
    "decimal.Decimal": _only(str, decimal.Decimal),
    "fractions.Fraction": _fields(fractions.Fraction, int, int),
    "datetime.date": _fields(datetime.date, *[int] * 3),
    "datetime.time": _fields(_time, *[int] * 5),
    "datetime.datetime": _fields(_datetime, *[int] * 8),
    "datetime.timedelta": _fields(datetime.timedelta, *[int] * 3),
    "bytearray": _only(bytes, bytearray),
    "array.array": _array,
    "dict_keys": _only(list, lambda v: dict.fromkeys(v).keys()),
    "dict_values": _only(list, lambda v: dict(enumerate(v)).values()),
    "dict_items": _only(list, lambda v: dict(v).items()),
    "Ellipsis": lambda content: ...,
    "NotImplemented": lambda content: NotImplemented,
    "type": _only(str, TYPES.__getitem__),
}


def decode(data, known, handle):
    """The value of bytes. `known` maps names to makers, `handle(n)` gives the object of a handle."""
    value, end = _read(data, 0, known, handle)
    if end != len(data):
        raise ValueError("trailing bytes")
    return value


def _read(data, at, known, handle):
    tag = data[at]
    at += 1
    if tag == 105:  # i
        return _int_at(data, at)[0], at + 8
    if tag == 115:  # s
        start = at + 4
        end = start + _size_at(data, at)[0]
        return data[start:end].decode("utf-8", "surrogatepass"), end
    if tag == 108 or tag == 116 or tag == 83 or tag == 90:  # l t S Z
        count = _size_at(data, at)[0]
        at += 4
        items = []
        for _ in range(count):
            item, at = _read(data, at, known, handle)
            items.append(item)
        if tag == 108:
            return items, at
        return (tuple if tag == 116 else set if tag == 83 else frozenset)(items), at
    if tag == 100:  # d
        count = _size_at(data, at)[0]
        at += 4
        pairs = {}
        for _ in range(count):
            key, at = _read(data, at, known, handle)
            pairs[key], at = _read(data, at, known, handle)
        return pairs, at
    if tag == 78:  # N
        return None, at
    if tag == 84:  # T
        return True, at
    if tag == 70:  # F
        return False, at
    if tag == 102:  # f
        return _float_at(data, at)[0], at + 8
    if tag == 73 or tag == 98:  # I b
        start = at + 4
        end = start + _size_at(data, at)[0]
        content = data[start:end]
        return (int.from_bytes(content, "little", signed=True) if tag == 73 else content), end
    if tag == 99:  # c
        return complex(*_complex_at(data, at)), at + 16
    if tag == 114:  # r
        start, at = _read(data, at, known, handle)
        stop, at = _read(data, at, known, handle)
        step, at = _read(data, at, known, handle)
        return range(start, stop, step), at
    if tag == 104:  # h
        return handle(_size_at(data, at)[0]), at + 4
    if tag == 75:  # K
        start = at + 4
        end = start + _size_at(data, at)[0]
        name = data[start:end].decode()
        content, at = _read(data, end, known, handle)
        return known[name](content), at
    raise ValueError("tag")
