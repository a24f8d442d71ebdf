"""What a judge is given and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Verdict(str, Enum):
    """How an execution ended. ``INFRASTRUCTURE`` is a fault of FALCON's and never scores."""

    PASSED = "passed"
    FAILED = "failed"
    COMPILE_ERROR = "compile-error"
    RUNTIME_ERROR = "runtime-error"
    OUT_OF_FUEL = "out-of-fuel"
    OUT_OF_MEMORY = "out-of-memory"
    OUTPUT_LIMIT = "output-limit"
    FORBIDDEN = "forbidden"
    INFRASTRUCTURE = "infrastructure"


class Severity(str, Enum):
    """How serious a diagnostic is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Diagnostic:
    """A finding of the checker, or the place of an error."""

    severity: Severity
    #: Stable, in the language's own terms: ``SyntaxError``.
    class_name: str
    message: str
    #: From 1; 0 where it is not known.
    line: int = 0
    #: From 1, in characters; 0 where it is not known.
    column: int = 0


@dataclass(frozen=True)
class TestOutcome:
    """What one test said."""

    __test__ = False  # its name does not make it one of pytest's

    name: str
    verdict: Verdict
    message: str = ""
    #: The place in the program, or in the test, where it is known.
    at: Diagnostic | None = None
    #: More, by name. ``got`` is what the program returned, where that was plain data.
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Episode:
    """All that is known of one attempt on one task."""

    program: str
    verdict: Verdict
    tests: list[TestOutcome] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    task_id: str = ""
    #: The task set, such as ``pool`` or ``humaneval``; empty where it is not known.
    split: str = ""
    #: The language pack's name: ``python``.
    language: str = "python"
    #: The task as the model saw it.
    prompt: str = ""
    #: A known good program, where the task has one.
    reference: str | None = None
    #: 1 for the first attempt on the task.
    attempt: int = 1
    #: Fuel that the program took, in the sandbox's units.
    fuel: int = 0
    #: The least fuel by which a program is known to pass this task, where that is known.
    cheapest_fuel: int | None = None
    details: dict[str, str] = field(default_factory=dict)


@dataclass
class Part:
    """A named part of a score, for the record."""

    name: str
    score: float
    note: str = ""


@dataclass
class Finding:
    """Something that a person would mark in ``program[start:end]``, counted in characters; in all of it
    where both are 0."""

    #: Stable name of the rule: ``F841``.
    rule: str
    message: str
    severity: Severity = Severity.WARNING
    start: int = 0
    end: int = 0


@dataclass
class Credit:
    """Credit for ``program[start:end]``, counted in characters as Python does. The scale is the judge's own."""

    start: int
    end: int
    value: float
    note: str = ""


@dataclass
class Judgement:
    """A score with what explains it. Without a score the judge abstains: its part is missing from
    the reward, which is not the same as zero."""

    score: float | None = None
    parts: list[Part] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def part(self, name: str, score: float, note: str = "") -> Judgement:
        """Adds a named part to the breakdown."""
        self.parts.append(Part(name, score, note))
        return self

    def note(self, text: str) -> Judgement:
        """Adds a note for people."""
        self.notes.append(text)
        return self

    def finding(self, rule: str, message: str, start: int = 0, end: int = 0, severity: Severity = Severity.WARNING) -> Judgement:
        """Adds something that is marked in ``program[start:end]``."""
        self.findings.append(Finding(rule, message, severity, start, end))
        return self

    def credit(self, start: int, end: int, value: float, note: str = "") -> Judgement:
        """Adds credit for ``program[start:end]``."""
        self.credits.append(Credit(start, end, value, note))
        return self


class PluginError(Exception):
    """Raise it where an episode cannot be judged: no score is given then. ``code`` is stable, the
    message is for people."""

    def __init__(self, code: str, message: str, **detail: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail
