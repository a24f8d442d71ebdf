"""The test side's view of the candidate: every use of one of its names or objects is carried across.

What the program answers may fail a test and may never break one. What cannot cross to it is the tests' fault only where
that is no doing of the program's: a function, a class or an instance of their own, what nothing of the program's is in, or what
they pass before it has answered anything.
"""

import contextlib
import functools

from componentize_py_types import Err
from wit_world.imports import candidate, exchange

from . import codec, exceptions, origin, proxies, sending, updates


class NotPlainAnswer(BaseException):
    """A value of the program that is not plain data was used as an answer."""


class Ended(BaseException):
    """The candidate is gone; `verdict` says how."""

    def __init__(self, verdict, message):
        super().__init__(message)
        self.verdict = verdict
        self.message = message


class Unsendable(BaseException):
    """The tests passed a value that cannot cross: a fault of the tests."""


# What a container that an object of the program holds begins with; its number and content follow.
_SHARED = b"K\x06\0\0\0shared"


class Link:
    """The candidate as one run of the tests sees it. What went wrong is kept, whatever the tests catch."""

    def __init__(self, namespace):
        self.ended = None
        self.refusal = None
        self.unsendable = None
        self.exceptions = exceptions.Exceptions(self, namespace)
        self._answers = 0
        self._raised = 0
        self._passed = []
        self._origin = origin.Origin()
        self._views = updates.Views(self._encode)
        handles = proxies.Handles(self)
        self._known = {**codec.KNOWN, "object": handles.object, "iterator": handles.iterator}
        self._known_changed = {**self._known, "iterator": self._same_iterator}
        for name in ("function", "builtin", "global"):
            self._known_changed[name] = functools.partial(self._same, name)

    def perform(self, operation, positional=(), named=None):
        """Carries one operation across; gives its value or raises its exception."""
        self._write_back()
        return self._perform(operation, positional, named)

    def attribute(self, handle, name):
        """Reads an attribute. What the program's object holds is the same container each time."""
        number = proxies.content_of(handle)[0].number
        return self.perform(exchange.Operation_GetAttribute((number, name)))

    def check_turn(self, turn):
        """The exception that the program raised as its `turn`-th is there until it raises another."""
        if turn != self._raised:
            self.refuse("raised another exception since, and what the tests ask of one is gone with the next")

    def next(self, number):
        """The next item of an iterator: the one operation that `StopIteration` is an answer to."""
        self._write_back()
        operation = exchange.Operation_CallMethod((number, "__next__"))
        return self._perform(operation, (), None, may_stop=True)

    def refuse(self, message):
        """The program's answer is none. Sticks, so that no `except` of the tests can hide it."""
        self.refusal = NotPlainAnswer(message)
        raise self.refusal

    @contextlib.contextmanager
    def asking(self):
        """Asks something before the tests do. Getting no answer is no fault of anyone's yet."""
        try:
            yield
        except BaseException:
            self.refusal = None
        self._answers = 0

    def _write_back(self):
        for number, value in self._views.changed():
            for method, arguments in updates.steps(value):
                self._perform(exchange.Operation_CallMethod((number, method)), arguments, None)

    def _perform(self, operation, positional, named, may_stop=False):
        if self.ended is not None:
            raise self.ended
        self._passed = []
        arguments = self._encode((list(positional), named or {}))
        try:
            reply = candidate.perform(operation, arguments)
        except Err as error:
            stopped = error.value
        else:
            self._answers += 1
            return self._accept(reply, positional, named)
        if type(stopped) is candidate.Stopped_Ended:
            self.ended = Ended(*stopped.value)
            raise self.ended
        self._answers += 1
        if stopped.value.not_plain:
            self.refuse(f"{stopped.value.message}, which is not plain data")
        if not _is_of_last(operation):
            self._raised += 1
        raise self.exceptions.raised(stopped.value, self._raised, may_stop)

    def _encode(self, value):
        answers = self._answers
        try:
            return codec.encode(value, self._other)
        except sending.Own as error:
            reason = error
        except codec.TooMuch as error:
            if self._answers != answers or self._origin.is_in(value):
                self.refuse(f"the tests pass on what it returned, which makes {error}")
            reason = error
        except codec.NotPlain as error:
            if self._answers:
                self.refuse(f"the tests pass on {error}, made of what it returned")
            reason = error
        self.unsendable = Unsendable(f"the tests pass {reason}, which cannot cross to the program")
        raise self.unsendable from None

    def _other(self, value):
        name, content = sending.other(value)
        self._passed.append((name, content, value))
        return name, content

    def _same(self, name, content):
        """What the tests passed in this operation and is given back as it came: their own, never the program's."""
        data = codec.encode(content, sending.other)
        for passed, sent, value in self._passed:
            if passed == name and codec.encode(sent, sending.other) == data:
                return value
        raise ValueError(name)

    def _same_iterator(self, content):
        return self._same("iterator", content) if type(content) is list else self._known["iterator"](content)

    def _accept(self, reply, positional, named):
        try:
            value = self._value(reply.value)
            if reply.changed is not None:
                after_positional, after_named = codec.decode(reply.changed, self._known_changed, codec.Handle)
                for before, after in zip(positional, after_positional):
                    updates.update(before, after)
                for name, before in (named or {}).items():
                    updates.update(before, after_named.get(name))
                self._origin.add((positional, named), len(reply.changed))
            return value
        except Exception as error:
            self.refuse(f"returned malformed data ({type(error).__name__}: {error})")

    def _value(self, data):
        if data.startswith(_SHARED):
            number, value = codec.decode(data[len(_SHARED) :], self._known, codec.Handle)
            if type(number) is not int or not codec.is_container(type(value)):
                raise ValueError("content")
            value = self._views.kept(number, value)
        else:
            value = codec.decode(data, self._known, codec.Handle)
        self._origin.add(value, len(data))
        return value


def _is_of_last(operation):
    of = operation.value
    return type(of) is tuple and of[0] == exceptions.LAST
