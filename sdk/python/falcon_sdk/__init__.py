"""Write FALCON plugins in Python.

A judge is a file ``judge.py`` with one function, and a ``plugin.toml`` beside it::

    from falcon_sdk import Episode, Judgement

    def judge(episode: Episode, config: dict) -> Judgement:
        short = len(episode.program.splitlines()) <= config["lines"]
        return Judgement(1.0 if short else 0.0)

``falcon plugin build`` puts CPython, this package and the file into one ``.wasm``. What the file
imports must be there when it is built: a plugin has no files when it runs.
"""

from falcon_sdk.data import (
    Credit,
    Finding,
    Diagnostic,
    Episode,
    Judgement,
    Part,
    PluginError,
    Severity,
    TestOutcome,
    Verdict,
)

__all__ = [
    "Credit",
    "Finding",
    "Diagnostic",
    "Episode",
    "Judgement",
    "Part",
    "PluginError",
    "Severity",
    "TestOutcome",
    "Verdict",
]
