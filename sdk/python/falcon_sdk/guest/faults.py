"""Exceptions of an author's code, as errors that the operator reads."""

import json

from componentize_py_types import Err
from falcon_sdk.data import PluginError
from wit_world.imports import types

#: Source by file name, read when the plugin was built: there are no files later.
_sources: dict[str, list[str]] = {}


def remember(module) -> None:
    """Keeps the lines of a module."""
    with open(module.__file__, encoding="utf-8") as file:
        _sources[module.__file__] = file.read().splitlines()


def error(caught: BaseException) -> Err:
    """What the operator is told of an exception."""
    if isinstance(caught, PluginError):
        detail = [(name, str(value)) for name, value in caught.detail.items()]
        return Err(types.Error(caught.code, caught.message, detail))
    lines = _frames(caught)
    place = lines[-1].split(":\n")[0] if lines else ""
    what = f"{type(caught).__name__}: {_words(caught)}" + (f" ({place})" if place else "")
    detail = [("traceback", "\n" + "\n".join(lines))] if lines else []
    return Err(types.Error("exception", what, detail))


def settings(config: str) -> dict:
    """The settings, which the host has checked against plugin.toml."""
    return json.loads(config)


def _words(caught: BaseException) -> str:
    try:
        return str(caught)
    except Exception:
        return "(its text cannot be had)"


def _frames(caught: BaseException) -> list[str]:
    """The frames in the author's own files, outermost first, at most 20 of them."""
    found = []
    trace = caught.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        source = _sources.get(code.co_filename)
        if source is not None:
            name = code.co_filename.rsplit("/", 1)[-1]
            at = trace.tb_lineno
            text = source[at - 1].strip() if 0 < at <= len(source) else ""
            found.append(f"{name}:{at} in {code.co_name}:\n    {text}")
        trace = trace.tb_next
    return found[-20:]
