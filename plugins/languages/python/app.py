"""The language pack's exports, by the names of `wit/language/v0.1`.

Whatever this module imports is part of the component: the builder runs it once and
keeps the interpreter's memory as the image that every instance starts from.
"""

# First, so that the library's own objects lie together, and the pack's after them.
from falcon_python import preload  # isort: skip

from wit_world import exports
from wit_world.exports import pack, program

from falcon_python import checking, harness, running, sessions, warming


class Pack(exports.Pack):
    """What the pack is, and what it can say of a program without running it."""

    def describe(self):
        return pack.Description("python", preload.VERSION, ["py"], preload.details())

    def check(self, source):
        return checking.check(source)


class Program(exports.Program):
    """Whole programs."""

    def run(self, source, args):
        code, error, phase = running.run(source, args)
        return program.Outcome(code, error, phase)


class Session(exports.Session):
    """The candidate side."""

    def open(self, source):
        return sessions.open_program(source)

    def perform(self, operation, arguments):
        return sessions.perform(operation, arguments)

    def perform_all(self, operation, arguments):
        return sessions.perform_all(operation, arguments)


class Harness(exports.Harness):
    """The test side."""

    def run(self, request):
        return harness.run(request)


warming.warm()
preload.settle()
