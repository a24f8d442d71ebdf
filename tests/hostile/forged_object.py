# trick: an object whose handle is a text and whose type is a number
# task: stack
# verdict: failed
# because: malformed
import sys

_exchange = sys.modules["wit_world.imports.exchange"]
_sessions = sys.modules["falcon_python.sessions"]


def _known(name, content):
    return b"K" + len(name).to_bytes(4, "little") + name + content


def _reply(*arguments):
    return _exchange.Reply(_known(b"object", b"t\2\0\0\0s\1\0\0\0xi" + bytes(8)), None)


_sessions.perform = _reply
