"""The test side: runs a trusted test program whose candidate is remote.

Each `assert` of the test program is a test of its own: it is wrapped so that its outcome is
recorded and the next one still runs. A program passes where every test passed, which is
where the unwrapped program would have run to its end.
"""

import ast
import contextlib
import importlib
import sys
import types

from wit_world.imports.types import Diagnostic, Severity, TestOutcome, Verdict

from . import checking, names, proxies, remote, sites

FILE = "tests.py"


def run(request):
    """Runs the request's tests. One outcome a test."""
    module = types.ModuleType("tests")
    sys.modules["tests"] = module
    return _Run(request, module.__dict__).outcomes()


class _Run:
    def __init__(self, request, namespace):
        self.request = request
        self.namespace = namespace
        self.link = remote.Link(namespace)
        self.tests = []
        self.results = {}

    def outcomes(self):
        try:
            code, self.tests = self._prepare()
        except Exception as error:
            return [_broken(f"the test program does not compile: {type(error).__name__}: {error}")]
        error = None
        try:
            exec(code, self.namespace)
            if self.request.entry:
                self._call_entry()
        except BaseException as raised:
            error = raised
        return self._collect(error)

    def _prepare(self):
        request = self.request
        if request.shared:
            exec(checking.compile_program(request.shared, "shared.py"), self.namespace)
        tree = ast.parse(request.tests, FILE)
        tests = sites.instrument(tree, request.entry, request.tests)
        code = compile(tree, FILE, "exec", dont_inherit=True)
        known = names.decide(request, code, self.namespace)
        for name in known.modules:
            # One that cannot be had is a name that is not there.
            with contextlib.suppress(Exception):
                self.namespace[name] = importlib.import_module(name)
        if known.imports:
            exec(compile(ast.Module(known.imports, []), "reference.py", "exec"), self.namespace)
        if known.values:
            reference = {"__name__": "reference"}
            exec(checking.compile_program(request.reference, "reference.py"), reference)
            for name in known.values:
                self.namespace[name] = reference[name]
        for name in known.remote:
            self.namespace[name] = proxies.RemoteName(self.link, name)
        self.link.exceptions.ask(known.exceptions)
        self.first = known.remote[0] if known.remote else None
        self.namespace[sites.SITES] = [_Recorder(self, test.number) for test in tests]
        return code, tests

    def _call_entry(self):
        function = self.namespace.get(self.request.entry)
        if function is None:
            raise remote.Unsendable(f"the test program does not define {self.request.entry}")
        if self.first is None:
            function()
        else:
            function(self.namespace[self.first])

    def ran(self, number, error, traceback):
        """An assertion ran. True where the test program goes on after what it raised."""
        refusal, self.link.refusal = self.link.refusal, None
        if refusal is None and error is None:
            self.results.setdefault(number, None)
        elif self.results.get(number) is None:
            found = refusal or error
            self.results[number] = (found, sites.shown(number, found, traceback))
            # Showing a handle is refused as well, and is no fault of the next test.
            self.link.refusal = None
        return not isinstance(error, (remote.Ended, remote.Unsendable))

    def _collect(self, error):
        """Outcomes in the order of the test program."""
        error = self.link.unsendable or self.link.ended or self.link.refusal or error
        found = []
        for test in self.tests:
            if test.number in self.results:
                result = self.results[test.number]
                if result is None:
                    found.append(TestOutcome(test.name, Verdict.PASSED, "", None, []))
                else:
                    found.append(_outcome(test.name, test.line, *result))
            elif error is not None:
                outcome = _outcome(test.name, test.line, error, None)
                outcome.message = f"not reached: {outcome.message}"
                found.append(outcome)
        if error is not None and all(o.verdict == Verdict.PASSED for o in found):
            found.append(_outcome("tests", 0, error, None))
        if not found:
            if self.tests:
                message = "no check of the test program was reached"
                found.append(TestOutcome("tests", Verdict.FAILED, message, None, []))
            else:
                found.append(TestOutcome("tests", Verdict.PASSED, "", None, []))
        return found


class _Recorder:
    """What an assertion of the test program is wrapped in."""

    __slots__ = ("run", "number")

    def __init__(self, run, number):
        self.run = run
        self.number = number

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        return self.run.ran(self.number, error, traceback)


def _broken(message):
    return TestOutcome("tests", Verdict.INFRASTRUCTURE, checking.text(message), None, [])


def _outcome(name, line, error, shown):
    """What an exception says of the test it ended."""
    raised = getattr(error, "falcon_raised", None)
    message = _message(error)
    details = []
    at = Diagnostic(Severity.ERROR, type(error).__name__, checking.text(message), line, 0)
    if isinstance(error, remote.Ended):
        return TestOutcome(name, error.verdict, checking.text(error.message), at, details)
    if isinstance(error, remote.Unsendable):
        return TestOutcome(name, Verdict.INFRASTRUCTURE, checking.text(message), at, details)
    if isinstance(error, remote.NotPlainAnswer):
        return TestOutcome(name, Verdict.FAILED, checking.text(message), at, details)
    if raised is not None:
        text = f"the program raised {raised.types[0]}: {raised.message}"
        return TestOutcome(name, Verdict.RUNTIME_ERROR, checking.text(text), raised.at or at, details)
    if shown is not None:
        got, want, text = shown
        details.append(("got", got))
        return TestOutcome(name, Verdict.FAILED, text, at, details)
    if type(error) is AssertionError:
        text = message or "the assertion does not hold"
    else:
        text = f"the test raised {type(error).__name__}: {message}"
    return TestOutcome(name, Verdict.FAILED, checking.text(text), at, details)


def _message(error):
    try:
        return str(error)
    except BaseException:
        return ""
