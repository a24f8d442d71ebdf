"""Makes containers of the tests what the program made of them, and the other way round."""

import array
import collections

from . import codec, proxies, sending

# Containers of the program that are followed. Each is looked at before each crossing.
MOST = 100


class Views:
    """Containers that the program's objects hold, as the tests have read them and may change them in place."""

    def __init__(self, encode):
        self._encode = encode
        self._held = {}

    def kept(self, number, value):
        """The container of this number that was read before, brought up to date, or this one."""
        before, _ = self._held.pop(number, (None, None))
        if update(before, value):
            value = before
        self._held[number] = value, self._encode(value)
        if len(self._held) > MOST:
            del self._held[next(iter(self._held))]
        return value

    def changed(self):
        """The numbers and values of those that changed since they were read or written."""
        found = []
        for number, (value, data) in self._held.items():
            now = self._encode(value)
            if now != data:
                self._held[number] = value, now
                found.append((number, value))
        return found


# The methods that empty a container and fill it again, in place, with the argument of the first.
_EMPTY = {array.array: ("__imul__", (0,))}
_FILL = {kind: "update" for kind in (dict, set, collections.Counter, collections.OrderedDict, collections.defaultdict)}


def steps(value):
    """Method calls that make the program's container what this one is, in place: `(method, arguments)`."""
    kind = type(value)
    yield _EMPTY.get(kind, ("clear", ()))
    if value:
        yield _FILL.get(kind, "extend"), (value,)


def update(before, after):
    """Makes an argument what the program made of it, keeping the identity of what is nested in it.

    False where it cannot become that.
    """
    kind = type(before)
    if kind is not type(after) or not codec.is_container(kind):
        return False
    if kind is tuple:
        _kept_all(dict(enumerate(before)), dict(enumerate(after)))
    elif kind is list:
        before[:] = _in_order(before, after)
    elif kind is collections.deque:
        if before.maxlen != after.maxlen:
            return False
        items = _in_order(before, after)
        before.clear()
        before.extend(items)
    elif issubclass(kind, dict):
        items = _kept_all(before, after)
        before.clear()
        before.update(items)
        if kind is collections.defaultdict:
            before.default_factory = after.default_factory
    elif kind is set:
        before.clear()
        before.update(after)
    elif kind is array.array and before.typecode != after.typecode:
        return False
    else:
        before[:] = after
    return True


def _in_order(before, after):
    return _kept_all(dict(enumerate(before)), dict(enumerate(after))).values()


def _kept_all(before, after):
    """The new items by their places, each the old object that it is, as far as can be told.

    A program that moves containers about moves them as they are: a new one is an old one that holds the same, else
    the one that was in its place.
    """
    unused = {}
    for place, old in before.items():
        if _is_nested(old):
            unused.setdefault(_data(old), []).append(place)
    found, taken = {}, set()
    for place, new in after.items():
        alike = unused.get(_data(new)) if unused and _is_nested(new) else None
        if alike:
            at = alike.pop(alike.index(place) if place in alike else 0)
            found[place] = before[at]
            taken.add(at)
    return {
        place: found[place] if place in found else _kept(None if place in taken else before.get(place), new)
        for place, new in after.items()
    }


def _is_nested(value):
    kind = type(value)
    return codec.is_container(kind) or proxies.is_handle(kind)


def _data(value):
    try:
        return type(value), codec.encode(value, sending.other)
    except codec.NotPlain:
        return None


def _kept(old, new):
    """The old object, made what the new one is, where that can be done."""
    kind = type(old)
    if kind is not type(new):
        return new
    if kind is tuple:
        items = tuple(_in_order(old, new))
        same = len(old) == len(items) and all(a is b for a, b in zip(old, items))
        return old if same else items
    if codec.is_container(kind):
        return old if update(old, new) else new
    return old if kind in _SCALARS and old == new else new


_SCALARS = frozenset((int, str, bool, float, bytes, type(None)))
