"""The test side's view of the candidate: every use of one of its names or objects is carried across.

What the program answers may fail a test and may never break one: once it has answered, what goes wrong
with what the tests pass on to it for being too much is its failure and not the tests'.
"""

import builtins

from componentize_py_types import Err
from wit_world.imports import candidate, exchange

from . import codec, proxies, sending, updates


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


class Link:
    """The candidate as one run of the tests sees it. What went wrong is kept, whatever the tests catch."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.ended = None
        self.refusal = None
        self.unsendable = None
        self._answered = False
        self._views = updates.Views(self._encode)
        self._handles = proxies.Handles(self)
        self._known = {
            **codec.KNOWN,
            "object": self._handles.object,
            "iterator": self._handles.iterator,
        }

    def perform(self, operation, positional=(), named=None):
        """Carries one operation across; gives its value or raises its exception."""
        self._write_back()
        return self._perform(operation, positional, named)

    def read(self, number, name):
        """Reads an attribute. The same container each time, so that what tests do to it is not lost."""
        operation = exchange.Operation_GetAttribute((number, name))
        return self._views.kept((number, name), self.perform(operation))

    def next(self, number):
        """The next item of an iterator: the one operation that `StopIteration` is an answer to."""
        self._write_back()
        operation = exchange.Operation_CallMethod((number, "__next__"))
        return self._perform(operation, (), None, may_stop=True)

    def refuse(self, message):
        """The program's answer is none. Sticks, so that no `except` of the tests can hide it."""
        self.refusal = NotPlainAnswer(message)
        raise self.refusal

    def _write_back(self):
        for (number, name), value in self._views.changed():
            try:
                self._perform(exchange.Operation_SetAttribute((number, name)), (value,), None)
            except Exception:
                # A property that cannot be set gives out copies, and changing one changes nothing.
                pass

    def _perform(self, operation, positional, named, may_stop=False):
        if self.ended is not None:
            raise self.ended
        arguments = self._encode((list(positional), named or {}))
        try:
            reply = candidate.perform(operation, arguments)
        except Err as error:
            stopped = error.value
        else:
            self._answered = True
            return self._accept(reply, positional, named)
        if type(stopped) is candidate.Stopped_Ended:
            self.ended = Ended(*stopped.value)
            raise self.ended
        self._answered = True
        if stopped.value.not_plain:
            self.refuse(f"{stopped.value.message}, which is not plain data")
        raise self._exception(stopped.value, may_stop)

    def _encode(self, value):
        try:
            return codec.encode(value, sending.other)
        except codec.TooMuch as error:
            if self._answered:
                self.refuse(f"the tests pass on what it returned, which makes {error}")
            reason = error
        except codec.NotPlain as error:
            reason = error
        self.unsendable = Unsendable(f"the tests pass {reason}, which cannot cross to the program")
        raise self.unsendable from None

    def _accept(self, reply, positional, named):
        try:
            value = codec.decode(reply.value, self._known, codec.Handle)
            if reply.changed is not None:
                after_positional, after_named = codec.decode(reply.changed, self._known, codec.Handle)
                for before, after in zip(positional, after_positional):
                    updates.update(before, after)
                for name, before in (named or {}).items():
                    updates.update(before, after_named.get(name))
            return value
        except Exception as error:
            self.refuse(f"returned malformed data ({type(error).__name__}: {error})")

    def _exception(self, raised, may_stop):
        kind = _exception_class(raised.types, self.namespace)
        message = raised.message
        if issubclass(kind, (StopIteration, StopAsyncIteration)) and not may_stop:
            # It would end an iteration of the tests' own, as it would that of a generator (PEP 479).
            kind, message = RuntimeError, f"the program raised {raised.types[0]}"
        if issubclass(kind, BaseExceptionGroup):
            error = kind.__new__(kind, message, [Exception()])
        else:
            error = kind.__new__(kind)
        error.args = (message,)
        error.falcon_raised = raised
        return error


def _exception_class(names, namespace):
    """The class the tests know by this name, or a new one under the nearest base that they know."""
    for at, name in enumerate(names):
        found = namespace.get(name, getattr(builtins, name, None))
        if isinstance(found, type) and issubclass(found, BaseException):
            break
    else:
        at, found = len(names), Exception
    for name in reversed(names[:at]):
        found = type(name, (found,), {})
    return found
