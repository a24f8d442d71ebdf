"""A private map that outlives the call. Capability ``kv``. What it keeps belongs to the plugin's name; it outlives the
process where the operator names a folder (``--kv DIR``)."""

from __future__ import annotations

from falcon_sdk import _host
from falcon_sdk.data import PluginError


def get(key: str) -> bytes | None:
    """What is kept under a key."""
    return _host.service("kv").get(key)


def set(key: str, value: bytes) -> None:
    """Keeps a value. Raises :class:`PluginError` of the code ``quota`` where there is no room."""
    try:
        _host.service("kv").set(key, value)
    except _host.Err as error:
        raise PluginError("quota", error.value) from None


def delete(key: str) -> None:
    """Forgets a key."""
    _host.service("kv").delete(key)
