"""Between the interface's types and the author's."""

import inspect

from falcon_sdk import data
from wit_world.exports import judge as wit
from wit_world.imports import types

_VERDICTS = {getattr(types.Verdict, one.name): one for one in data.Verdict}
_SEVERITIES = {getattr(types.Severity, one.name): one for one in data.Severity}


def check(module) -> None:
    """That the author's module is a judge: found when the plugin is built."""
    function = getattr(module, "judge", None)
    if not callable(function):
        raise TypeError("judge.py has no function judge(episode, config)")
    try:
        inspect.signature(function).bind(None, None)
    except TypeError as error:
        raise TypeError(f"judge.py: judge is called as judge(episode, config): {error}") from None


def episode(given) -> data.Episode:
    """The episode in the author's types."""
    return data.Episode(
        task_id=given.task_id,
        split=given.split,
        language=given.language,
        prompt=given.prompt,
        program=given.program,
        reference=given.reference,
        attempt=given.attempt,
        diagnostics=[_diagnostic(one) for one in given.diagnostics],
        verdict=_VERDICTS[given.verdict],
        tests=[_test(one) for one in given.tests],
        fuel=given.fuel,
        cheapest_fuel=given.cheapest_fuel,
        details=dict(given.details),
    )


def judgement(answer, program: str) -> wit.Judgement:
    """The author's answer in the interface's types: a Judgement, a number, or None to abstain."""
    if answer is None or _is_number(answer):
        answer = data.Judgement(answer)
    if not isinstance(answer, data.Judgement):
        raise TypeError(
            f"judge() returned {answer!r:.100}; it returns a Judgement, a number, or None to abstain"
        )
    score = None if answer.score is None else _number(answer.score, "its score")
    parts = [wit.Part(str(one.name), _number(one.score, f"part {one.name!r}"), str(one.note)) for one in answer.parts]
    findings = [_finding(one, program) for one in answer.findings]
    credits = [_credit(one, program) for one in answer.credits]
    return wit.Judgement(score, parts, findings, credits, [str(note) for note in answer.notes], [])


def _diagnostic(one) -> data.Diagnostic:
    return data.Diagnostic(_SEVERITIES[one.severity], one.class_, one.message, one.line, one.column)


def _test(one) -> data.TestOutcome:
    at = one.at and _diagnostic(one.at)
    return data.TestOutcome(one.name, _VERDICTS[one.verdict], one.message, at, dict(one.details))


def _finding(one: data.Finding, program: str) -> wit.Finding:
    span = _span("a finding", one, program)
    line = column = 0
    if span.end:
        before = program[: one.start]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    severity = next(key for key, value in _SEVERITIES.items() if value is data.Severity(one.severity))
    return wit.Finding(str(one.rule), severity, str(one.message), span, line, column)


def _credit(one: data.Credit, program: str) -> wit.Credit:
    value = _number(one.value, "a credit's value")
    return wit.Credit(_span("credit", one, program), value, str(one.note))


def _span(what: str, one, program: str) -> types.Span:
    """Characters become bytes of the program's UTF-8."""
    if not 0 <= one.start <= one.end <= len(program):
        raise ValueError(f"{what} for program[{one.start}:{one.end}], and the program has {len(program)} characters")
    start = len(program[: one.start].encode())
    return types.Span(start, start + len(program[one.start : one.end].encode()))


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, complex)


def _number(value, what: str) -> float:
    if not _is_number(value):
        raise TypeError(f"judge() returned a Judgement in which {what} is {value!r:.100}, which is no number")
    return float(value)
