"""The fixture `falcon_judge`: the plugin that users get, under the real host, from pytest.

It builds the plugin whose folder the test is in and asks the `falcon` command, or the one that the variable FALCON
names, what the plugin says of an episode.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class Judged:
    """What the judge said."""

    score: float | None
    parts: dict[str, float]
    notes: list[str]
    #: Each with `start` and `end`, in bytes of the program's UTF-8, `value` and `note`.
    credits: list[dict]
    #: Each with `rule`, `severity`, `message`, `start` and `end`, in bytes of the program's UTF-8, `line` and `column`.
    findings: list[dict]


class JudgeFailed(Exception):
    """The judge failed on an episode: its words."""


class JudgeUnderTest:
    """Call it with the fields of an episode."""

    def __init__(self, name: str, grants: list[str], plugins: Path, work: Path) -> None:
        self._name = name
        self._grants = [word for one in grants for word in ("--grant", f"{name}={one}")]
        self._plugins = plugins
        self._work = work

    def __call__(self, program: str = "", config: dict | None = None, **fields) -> Judged:
        episode = {
            "task_id": "task",
            "language": "python",
            "prompt": "",
            "program": program,
            "attempt": 1,
            "diagnostics": [],
            "verdict": "passed",
            "tests": [],
            "scores": [],
            "reward": None,
            "fuel": 0,
            "seconds": 0.0,
            "plugins": {},
            **fields,
        }
        episodes, reward = self._work / "episodes.jsonl", self._work / "reward.toml"
        episodes.write_text(json.dumps(episode) + "\n", encoding="utf-8")
        # Strings, numbers and booleans of TOML are written as JSON writes them.
        settings = ", ".join(f"{_toml(name)} = {_toml(value)}" for name, value in (config or {}).items())
        reward.write_text(f"[[judge]]\nplugin = {_toml(self._name)}\nconfig = {{ {settings} }}\n", encoding="utf-8")
        places = ["--plugins", str(self._plugins), "--episodes", str(episodes), "--reward", str(reward)]
        ended = falcon("judge", *places, *self._grants)
        if not ended.stdout.strip():
            raise JudgeFailed(ended.stderr.strip())
        said = json.loads(ended.stdout.splitlines()[0])["scores"][0]
        if said.get("failure"):
            raise JudgeFailed(said["failure"])
        return Judged(said["score"], said["parts"], said["notes"], said["credits"], said.get("findings", []))


def _toml(value: str | float | bool) -> str:
    return json.dumps(value, ensure_ascii=False)


def falcon(*arguments: str) -> subprocess.CompletedProcess:
    """Runs the `falcon` command."""
    program = os.environ.get("FALCON", "falcon")
    try:
        return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.fail(f"there is no {program}: put falcon on the PATH, or name it in FALCON")


@pytest.fixture(scope="module")
def falcon_judge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> JudgeUnderTest:
    """The judge of the folder that the test is in."""
    here = request.path.parent
    folder = next((up for up in [here, *here.parents] if (up / "plugin.toml").is_file()), None)
    if folder is None:
        pytest.fail(f"there is no plugin.toml in {here} or above it")
    work = tmp_path_factory.mktemp("falcon")
    plugins = work / "plugins"
    built = falcon("plugin", "build", str(folder), "--out", str(plugins / "plugin.wasm"), "--json")
    if built.returncode != 0:
        pytest.fail(f"the plugin does not build:\n{built.stderr}")
    built = json.loads(built.stdout)
    # What the manifest asks for and a test can give; there is no model and no network in one.
    grants = [service for service in ("log", "clock", "kv") if built["capabilities"].get(service)]
    return JudgeUnderTest(built["name"], grants, plugins, work)
