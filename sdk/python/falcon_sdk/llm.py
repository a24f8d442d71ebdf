"""Questions to the language model that the operator configured. Capability ``llm``.

::

    from falcon_sdk import llm

    try:
        answer = llm.ask([llm.system("Say yes or no."), llm.user(episode.program)], max_tokens=5)
    except llm.Problem as problem:
        return Judgement(notes=[str(problem)])  # abstains: the program is not at fault
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from falcon_sdk import _host


class Cause(str, Enum):
    """Why there is no answer."""

    #: The question is larger than it may be.
    TOO_LARGE = "too-large"
    #: The call asked too often.
    TOO_MANY = "too-many"
    #: A limit of the operator's is reached.
    BUDGET = "budget"
    #: The endpoint cannot be reached, or failed, also after retries.
    UNAVAILABLE = "unavailable"
    #: The endpoint does not take the question, or its answer makes no sense.
    REFUSED = "refused"


class Problem(Exception):
    """No answer, and why. A judge that cannot do without one abstains."""

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message


@dataclass(frozen=True)
class Message:
    """One message of a conversation."""

    #: ``system``, ``user`` or ``assistant``.
    role: str
    text: str


@dataclass(frozen=True)
class Answer:
    """What the model said."""

    text: str
    #: Whether the text ended by itself, and not at a limit.
    whole: bool
    #: Tokens of the question and the answer, as the endpoint counted them.
    tokens: int


def system(text: str) -> Message:
    """Rules that hold for the whole conversation."""
    return Message("system", text)


def user(text: str) -> Message:
    """What is asked."""
    return Message("user", text)


def assistant(text: str) -> Message:
    """What the model said before."""
    return Message("assistant", text)


def ask(messages: str | list[Message], max_tokens: int = 512, json: bool = False) -> Answer:
    """Asks, and waits for the answer; its time does not count against the call's own. A text is a question of
    the user's. Raises :class:`Problem` where there is no answer."""
    wit = _host.service("llm")
    asked = [user(messages)] if isinstance(messages, str) else messages
    given = [wit.Message(wit.Role[one.role.upper()], one.text) for one in asked]
    try:
        answer = wit.ask(wit.Question(given, max_tokens, json))
    except _host.Err as error:
        problem = error.value
        raise Problem(Cause[problem.cause.name], problem.message) from None
    return Answer(answer.text, answer.whole, answer.tokens)
