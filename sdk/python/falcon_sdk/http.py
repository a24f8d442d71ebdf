"""Requests to the hosts that plugin.toml names and the operator granted. Capability ``http``.

::

    from falcon_sdk import http

    response = http.post("https://api.example.org/v1/score", episode.program.encode(), {"content-type": "text/plain"})
    return response.json()["score"] if response.status == 200 else None
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum

from falcon_sdk import _host


class Cause(str, Enum):
    """Why there is no answer."""

    #: The place was not asked for or not granted, or the request is not one.
    REFUSED = "refused"
    #: The request or its answer is larger than it may be.
    TOO_LARGE = "too-large"
    #: The call asked too often.
    TOO_MANY = "too-many"
    #: The host cannot be reached, or did not answer in 10 seconds.
    UNAVAILABLE = "unavailable"


class Problem(Exception):
    """No answer, and why. A judge that cannot do without one abstains."""

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message


@dataclass(frozen=True)
class Response:
    """What the host answered. A redirect is an answer: nothing is followed."""

    status: int
    #: By name, in lower case; the last where there are several.
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    def json(self):
        """What the body is as JSON."""
        return json.loads(self.body)


def get(url: str, headers: dict[str, str] | None = None) -> Response:
    """Asks for what is at this URL. Raises :class:`Problem` where there is no answer."""
    return _send("GET", url, headers, b"")


def post(url: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Response:
    """Sends a body. Raises :class:`Problem` where there is no answer."""
    return _send("POST", url, headers, body)


def _send(method: str, url: str, headers: dict[str, str] | None, body: bytes) -> Response:
    wit = _host.service("http")
    given = [wit.Header(name, value) for name, value in (headers or {}).items()]
    try:
        response = wit.send(wit.Request(wit.Method[method], url, given, body))
    except _host.Err as error:
        problem = error.value
        raise Problem(Cause[problem.cause.name], problem.message) from None
    return Response(response.status, {one.name: one.value for one in response.headers}, response.body)
