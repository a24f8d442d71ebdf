"""The host's services, as far as the manifest asks for them. They are bound when the plugin is built."""

from __future__ import annotations

import importlib

try:
    from componentize_py_types import Err
except ImportError:

    class Err(Exception):  # outside of a plugin: nothing raises it
        """A result that is an error."""

        value: object


def _bound(name: str):
    try:
        return importlib.import_module(f"wit_world.imports.{name}")
    except ImportError:
        return None


_SERVICES = {name: _bound(name) for name in ("log", "clock", "kv", "llm", "http")}


def granted(name: str):
    """The service, or None where plugin.toml does not ask for it."""
    return _SERVICES[name]


def service(name: str):
    """The service."""
    found = _SERVICES[name]
    if found is None:
        raise OSError(f"this plugin has no capability `{name}`: ask for it under [capabilities] in plugin.toml")
    return found
