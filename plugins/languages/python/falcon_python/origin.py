"""What the program made of late, which is told from what is the tests' own."""

import collections

from . import codec

# Replies that are remembered: how many, and bytes of all together.
_MANY, _BYTES = 1000, codec.MAX_BYTES
# A reply shorter than this makes nothing too large, and a text shorter than that may be anyone's.
_LEAST, _TEXT = 64, 1000


class Origin:
    """Remembers what came from the program, for as long as it matters."""

    def __init__(self):
        self._kept = collections.deque()
        self._bytes = 0

    def add(self, value, size):
        """Remembers a value that came in so many bytes."""
        if size < _LEAST:
            return
        self._kept.append((value, size))
        self._bytes += size
        while len(self._kept) > 1 and (self._bytes > _BYTES or len(self._kept) > _MANY):
            self._bytes -= self._kept.popleft()[1]

    def is_in(self, value):
        """Whether any of it is in this value of the tests."""
        theirs = {id(part) for kept, _ in self._kept for part in _parts(kept)}
        return any(id(part) in theirs for part in _parts(value))


def _parts(value):
    """The containers and long texts of a value, each once. Not recursive, since a value may be nested too deep."""
    seen = set()
    waiting = [value]
    while waiting:
        part = waiting.pop()
        kind = type(part)
        if kind is str or kind is bytes:
            if len(part) >= _TEXT and id(part) not in seen:
                seen.add(id(part))
                yield part
        elif (codec.is_container(kind) or kind is frozenset) and part and id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting.extend(part)
            if issubclass(kind, dict):
                waiting.extend(part.values())
