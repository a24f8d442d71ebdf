"""Makes containers of the tests what the program made of them, and the other way round."""

import collections

from . import codec, proxies

# Containers read from attributes that are followed. Each is looked at before each crossing.
MOST = 100


class Views:
    """Containers that the tests read from attributes of handles, and may change in place."""

    def __init__(self, encode):
        self._encode = encode
        self._held = {}

    def kept(self, key, value):
        """The container that was read from here before, brought up to date, or this one."""
        kind = type(value)
        if not codec.is_container(kind):
            return value
        before, _ = self._held.pop(key, (None, None))
        if type(before) is kind and kind is not tuple:
            update(before, value)
            value = before
        self._held[key] = value, self._encode(value)
        if len(self._held) > MOST:
            del self._held[next(iter(self._held))]
        return value

    def changed(self):
        """The keys and values of those that changed since they were read or written."""
        found = []
        for key, (value, data) in self._held.items():
            now = self._encode(value)
            if now != data:
                self._held[key] = value, now
                found.append((key, value))
        return found


def update(before, after):
    """Makes an argument what the program made of it, keeping the identity of what is nested in it."""
    kind = type(before)
    if kind is not type(after) or not codec.is_container(kind):
        return
    if kind is tuple:
        _kept(before, after)
    elif kind is list:
        before[:] = _all_kept(before, after)
    elif kind is collections.deque:
        items = _all_kept(before, after)
        before.clear()
        before.extend(items)
    elif isinstance(before, dict):
        merged = {key: _kept(before.get(key), new) for key, new in after.items()}
        before.clear()
        before.update(merged)
    elif kind is set:
        before.clear()
        before.update(after)
    else:
        before[:] = after


def _all_kept(before, after):
    items = [_kept(old, new) for old, new in zip(before, after)]
    items.extend(list(after)[len(items) :])
    return items


def _kept(old, new):
    """The old object, made what the new one is, where that can be done."""
    kind = type(old)
    if kind is not type(new):
        return new
    if kind is tuple:
        items = _all_kept(old, new)
        same = len(old) == len(items) and all(a is b for a, b in zip(old, items))
        return old if same else tuple(items)
    if codec.is_container(kind):
        update(old, new)
        return old
    if issubclass(kind, proxies.RemoteObject):
        same = proxies.content_of(old)[0].number == proxies.content_of(new)[0].number
        return old if same else new
    return old if kind in _SCALARS and old == new else new


_SCALARS = frozenset((int, str, bool, float, bytes, type(None)))
