# trick: exceptions named like the harness's own
# verdict: runtime-error
# because: Ended
class Ended(BaseException):
    verdict = "passed"


def add(a, b):
    raise Ended("passed")
